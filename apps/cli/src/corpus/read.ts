import type { CorpusDocument } from '@lookupffn/train';
import type { Io } from '../ui/io.js';
import { withCorpusText } from './corpus-text.js';

export interface ReadCorpus {
  readonly title: string;
  readonly documents: readonly CorpusDocument[];
  /** UTF-8 bytes of all texts. */
  readonly bytes: number;
}

/** Reads all documents of the corpus asked for (or of the default one) into memory. Throws as `withCorpusText`. */
export function readCorpus(io: Io, path: string | undefined, signal: AbortSignal): Promise<ReadCorpus> {
  return withCorpusText(io, path, signal, async (text) => {
    const documents: CorpusDocument[] = [];
    for await (const document of text.documents()) documents.push(document);
    return { title: text.title, documents, bytes: text.bytes };
  });
}
