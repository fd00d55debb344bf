import { type CorpusDocument, readDocuments } from '@lookupffn/train';
import { count } from '../ui/format.js';
import type { Io } from '../ui/io.js';
import { chooseCorpus } from './default-corpus.js';

export interface ReadCorpus {
  readonly title: string;
  readonly documents: readonly CorpusDocument[];
  /** UTF-8 bytes of all texts. */
  readonly bytes: number;
}

/** Reads all documents of the corpus asked for (or of the default one). Throws `CORPUS_INVALID` and file errors. */
export async function readCorpus(io: Io, path: string | undefined, signal: AbortSignal): Promise<ReadCorpus> {
  const { source, title } = chooseCorpus(path);
  const documents: CorpusDocument[] = [];
  let bytes = 0;
  for await (const document of readDocuments(source, { signal })) {
    documents.push(document);
    bytes += Buffer.byteLength(document.text);
    io.progress.update(() => `reading the corpus: ${count(documents.length)} documents`);
  }
  const broken = documents.filter((document) => document.replaced > 0);
  if (broken.length > 0) {
    io.note(
      `${broken.length} of ${documents.length} documents hold bytes that are no UTF-8 (the first: ${broken[0]!.name}); they were read as U+FFFD.`,
    );
  }
  return { title, documents, bytes };
}
