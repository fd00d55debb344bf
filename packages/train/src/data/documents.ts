import { LookupFfnError, throwIfAborted } from '@lookupffn/core';
import { fileError } from '@lookupffn/core/node';
import { isJsonLines, readJsonLines } from './json-lines.js';
import { cutPieces, isPacked, listFiles, openStream, readBytes, type TextFile } from './text-files.js';
import { decodeUtf8, looksBinary } from './utf8.js';

/** One text of a corpus. */
export interface CorpusDocument {
  /** Path relative to the corpus folder, or the file's name; the pieces of a divided file end in `#1`, `#2`, ... */
  readonly name: string;
  readonly text: string;
  /** Broken UTF-8 sequences of the file, each of which is U+FFFD in `text`. */
  readonly replaced: number;
}

export interface ReadDocumentsOptions {
  /** Fewer bytes than this are refused. Default 1,000. */
  readonly minimumBytes?: number;
  /** Is told of files that are left out because they look binary, as UTF-16 does. */
  readonly onLeftOut?: (name: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * A file, a folder (all files below it), a list of files, or bytes as they come (standard input). Files are text, JSON
 * Lines (`.jsonl`, `.ndjson`: the `text` of each line), or either in gzip (`.gz`); what a stream is shows in its first
 * bytes.
 */
export type DocumentSource =
  | string
  | { readonly files: readonly string[] }
  | { readonly stream: AsyncIterable<Uint8Array>; readonly name: string };

/** Files larger than such a share of the corpus are divided, so that what is held out can be near any fraction. */
const leastDocuments = 20;
/** Pieces are no longer than this, for a text longer than memory's largest string has to fit too. */
const largestPiece = 1 << 24;
const smallestPiece = 64;
/** Of a stream, whose length nobody knows. */
const streamPiece = 1 << 14;
const defaultMinimumBytes = 1000;

const whatToDo = 'Give a UTF-8 text file, or a folder of them.';
/** Bytes of text in a file; of a .gz about, for how much it holds shows only when it is unpacked. */
const textBytes = ({ path, bytes }: TextFile) => (isPacked(path) ? 3 * bytes : bytes);

function invalid(message: string, details: Record<string, unknown>, cause?: unknown): LookupFfnError {
  return new LookupFfnError('CORPUS_INVALID', message, details, cause);
}

async function findFiles(source: string | { readonly files: readonly string[] }): Promise<TextFile[]> {
  const paths = typeof source === 'string' ? [source] : source.files;
  const lists = await Promise.all(
    paths.map(async (path) => {
      try {
        return await listFiles(path);
      } catch (error) {
        const known = fileError(error, path, 'read the corpus');
        throw invalid(`${known.message} ${whatToDo}`, { path }, known);
      }
    }),
  );
  return lists.flat();
}

/** Text as one document, or as several when it is longer than a piece. Nothing for binary data. */
async function* textDocuments(
  name: string,
  bytes: AsyncIterable<Uint8Array>,
  pieceBytes: number,
  divided: boolean,
): AsyncGenerator<CorpusDocument> {
  let piece = 0;
  for await (const part of cutPieces(bytes, pieceBytes)) {
    if (piece === 0 && looksBinary(part)) return;
    piece++;
    yield { name: divided ? `${name}#${piece}` : name, ...decodeUtf8(part) };
  }
}

/** The texts of JSON Lines; `path` is what messages call them. */
async function* lineDocuments(
  bytes: AsyncIterable<Uint8Array>,
  name: string,
  path: string,
): AsyncGenerator<CorpusDocument> {
  for await (const { line, text, replaced } of readJsonLines(bytes, path)) {
    yield { name: `${name}#${line}`, text, replaced };
  }
}

async function* fileDocuments(file: TextFile, pieceBytes: number): AsyncGenerator<CorpusDocument> {
  const { path, name } = file;
  if (!isJsonLines(path)) {
    yield* textDocuments(name, readBytes(path), pieceBytes, isPacked(path) || file.bytes > pieceBytes);
    return;
  }
  yield* lineDocuments(readBytes(path), name, path);
}

/** A stream, which is read once and may be of any length. */
async function* streamDocuments(
  { stream, name }: { readonly stream: AsyncIterable<Uint8Array>; readonly name: string },
  minimumBytes: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<CorpusDocument> {
  let bytes = 0;
  async function* counted() {
    for await (const chunk of stream) {
      throwIfAborted(signal, 'Reading the corpus');
      bytes += chunk.length;
      yield chunk;
    }
  }
  let documents = 0;
  const opened = await openStream(counted(), name);
  const found = opened.jsonLines
    ? lineDocuments(opened.bytes, name, name)
    : textDocuments(name, opened.bytes, streamPiece, true);
  for await (const document of found) {
    documents++;
    yield document;
  }
  if (bytes < minimumBytes || documents === 0) {
    const what = documents === 0 && bytes > 0 ? 'looks binary' : `has ${bytes} bytes`;
    throw invalid(`${name} ${what}; at least ${minimumBytes} bytes of UTF-8 text are needed.`, {
      source: name,
      bytes,
      minimumBytes,
    });
  }
}

/**
 * The documents of a source; those of files by name. Hidden and binary files are left out; a file of more than a
 * twentieth of the corpus is divided between lines. Throws `CORPUS_INVALID` when there is nothing to
 * read, or fewer than `minimumBytes`, or a line that is no JSON; `FILE_IO` when a file cannot be read, `FILE_CORRUPT` for a
 * damaged archive; `ABORTED`.
 */
export async function* readDocuments(
  source: DocumentSource,
  options: ReadDocumentsOptions = {},
): AsyncGenerator<CorpusDocument> {
  const { minimumBytes = defaultMinimumBytes, onLeftOut, signal } = options;
  throwIfAborted(signal, 'Reading the corpus');
  if (typeof source !== 'string' && 'stream' in source) {
    yield* streamDocuments(source, minimumBytes, signal);
    return;
  }
  const shown = typeof source === 'string' ? source : `${source.files.length} files`;
  const files = (await findFiles(source)).filter((file) => file.bytes > 0);
  const bytes = files.reduce((sum, file) => sum + textBytes(file), 0);
  if (files.length === 0) {
    throw invalid(`The corpus ${shown} is empty. ${whatToDo}`, { source: shown });
  }
  if (bytes < minimumBytes) {
    throw invalid(
      `The corpus ${shown} has ${bytes} bytes, too few to learn a language from; at least ${minimumBytes} are needed. Give more text.`,
      { source: shown, bytes, minimumBytes },
    );
  }
  const pieceBytes = Math.min(largestPiece, Math.max(smallestPiece, Math.ceil(bytes / leastDocuments)));
  let documents = 0;
  for (const file of files) {
    const before = documents;
    for await (const document of fileDocuments(file, pieceBytes)) {
      throwIfAborted(signal, 'Reading the corpus');
      documents++;
      yield document;
    }
    if (documents === before && !isJsonLines(file.path)) onLeftOut?.(file.name);
  }
  if (documents === 0) {
    throw invalid(
      `The corpus ${shown} holds no text: ${files.length === 1 ? 'the file looks' : 'all files look'} binary. ${whatToDo}`,
      { source: shown, files: files.length },
    );
  }
}
