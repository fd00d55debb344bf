import { LookupFfnError, throwIfAborted } from '@lookupffn/core';
import { fileError } from '@lookupffn/core/node';
import { listFiles, readPieces, type TextFile } from './text-files.js';
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
  readonly signal?: AbortSignal;
}

/** A text file, a folder (all text files below it), or a list of files. */
export type DocumentSource = string | { readonly files: readonly string[] };

/** A corpus of fewer files is divided, so that there are documents enough to hold some out. */
const leastDocuments = 20;
/** Larger files are read in pieces, for a text longer than memory's largest string has to fit too. */
const largestPiece = 1 << 24;
const smallestPiece = 64;
const defaultMinimumBytes = 1000;

const whatToDo = 'Give a UTF-8 text file, or a folder of them.';

function invalid(message: string, details: Record<string, unknown>, cause?: unknown): LookupFfnError {
  return new LookupFfnError('CORPUS_INVALID', message, details, cause);
}

async function findFiles(source: DocumentSource): Promise<TextFile[]> {
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

/** One file as a document, or as several when it is longer than a piece. Nothing for a binary file. */
async function* readFileDocuments(
  file: TextFile,
  pieceBytes: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<CorpusDocument> {
  const divided = file.bytes > pieceBytes;
  let piece = 0;
  for await (const bytes of readPieces(file.path, pieceBytes)) {
    throwIfAborted(signal, 'Reading the corpus');
    if (piece === 0 && looksBinary(bytes)) return;
    piece++;
    yield { name: divided ? `${file.name}#${piece}` : file.name, ...decodeUtf8(bytes) };
  }
}

/**
 * The documents of a text file, a folder or a list of files, by name. Hidden and binary files are left out; a corpus of
 * fewer than 20 files is divided between lines into some 20 pieces. Throws `CORPUS_INVALID` when there is nothing to
 * read, or fewer than `minimumBytes`; `FILE_IO` when a file cannot be read; `ABORTED`.
 */
export async function* readDocuments(
  source: DocumentSource,
  options: ReadDocumentsOptions = {},
): AsyncGenerator<CorpusDocument> {
  const { minimumBytes = defaultMinimumBytes, signal } = options;
  throwIfAborted(signal, 'Reading the corpus');
  const shown = typeof source === 'string' ? source : `${source.files.length} files`;
  const files = (await findFiles(source)).filter((file) => file.bytes > 0);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (files.length === 0) {
    throw invalid(`The corpus ${shown} is empty. ${whatToDo}`, { source: shown });
  }
  if (bytes < minimumBytes) {
    throw invalid(
      `The corpus ${shown} has ${bytes} bytes, too few to learn a language from; at least ${minimumBytes} are needed. Give more text.`,
      { source: shown, bytes, minimumBytes },
    );
  }
  const pieceBytes =
    files.length >= leastDocuments
      ? largestPiece
      : Math.min(largestPiece, Math.max(smallestPiece, Math.ceil(bytes / leastDocuments)));
  let documents = 0;
  for (const file of files) {
    for await (const document of readFileDocuments(file, pieceBytes, signal)) {
      documents++;
      yield document;
    }
  }
  if (documents === 0) {
    throw invalid(
      `The corpus ${shown} holds no text: ${files.length === 1 ? 'the file looks' : 'all files look'} binary. ${whatToDo}`,
      { source: shown, files: files.length },
    );
  }
}
