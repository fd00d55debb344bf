import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { throwIfAborted } from '@lookupffn/core';
import { fileError } from '@lookupffn/core/node';
import { type CorpusDocument, type DocumentSource, readDocuments } from '@lookupffn/train';
import { count } from '../ui/format.js';
import type { Io } from '../ui/io.js';
import { type CorpusChoice, chooseCorpus } from './default-corpus.js';

/** A corpus that is read document by document, as often as it is needed. */
export class CorpusText {
  readonly title: string;
  readonly #source: () => DocumentSource;
  readonly #io: Io;
  readonly #signal: AbortSignal;
  #bytes = 0;
  #told = false;

  constructor(io: Io, title: string, source: () => DocumentSource, signal: AbortSignal) {
    this.title = title;
    this.#io = io;
    this.#source = source;
    this.#signal = signal;
  }

  /** UTF-8 bytes of the texts that the latest reading has given out. */
  get bytes(): number {
    return this.#bytes;
  }

  /** All documents, from the first. */
  async *documents(): AsyncGenerator<CorpusDocument> {
    const io = this.#io;
    let documents = 0;
    const broken = { count: 0, first: '' };
    const leftOut: string[] = [];
    this.#bytes = 0;
    const onLeftOut = (name: string) => leftOut.push(name);
    for await (const document of readDocuments(this.#source(), { onLeftOut, signal: this.#signal })) {
      documents++;
      this.#bytes += Buffer.byteLength(document.text);
      if (document.replaced > 0 && broken.count++ === 0) broken.first = document.name;
      io.progress.update(() => `reading the corpus: ${count(documents)} documents`);
      yield document;
    }
    if (this.#told) return;
    this.#told = true;
    if (broken.count > 0) {
      io.note(
        `${broken.count} of ${documents} documents hold bytes that are no UTF-8 (the first: ${broken.first}); they were read as U+FFFD.`,
      );
    }
    if (leftOut.length > 0) {
      io.note(`Left out, for no UTF-8 text is in them: ${leftOut.length} files (the first: ${leftOut[0]}).`);
    }
  }

  async *texts(): AsyncGenerator<string> {
    for await (const { text } of this.documents()) yield text;
  }
}

/** A stream gives its text once: it is put into a file, which may be longer than memory. */
async function withSpooled<T>(
  stream: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  body: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'lookupffn-'));
  // A second Ctrl-C ends the process at once.
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    const path = join(folder, 'input');
    await pipeline(stream, createWriteStream(path), { signal }).catch((error: unknown) => {
      throwIfAborted(signal, 'Reading the corpus');
      throw fileError(error, path, 'keep standard input in');
    });
    return await body(path);
  } finally {
    process.off('exit', remove);
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Gives the text of the corpus asked for (or of the default one) to `body`. Throws `CORPUS_INVALID` for a terminal as
 * standard input; reading throws `CORPUS_INVALID` and file errors.
 */
export async function withCorpusText<T>(
  io: Io,
  path: string | undefined,
  signal: AbortSignal,
  body: (text: CorpusText) => Promise<T>,
): Promise<T> {
  const { source, title }: CorpusChoice = chooseCorpus(path);
  const text = (again: () => DocumentSource) => body(new CorpusText(io, title, again, signal));
  if (typeof source === 'string' || !('stream' in source)) return text(() => source);
  const { name } = source;
  return withSpooled(source.stream, signal, (file) =>
    text(() => ({ stream: createReadStream(file, { highWaterMark: 1 << 18 }), name })),
  );
}
