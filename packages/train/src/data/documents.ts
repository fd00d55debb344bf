/** One text of a corpus. */
export interface CorpusDocument {
  /** Path relative to the corpus folder, or the file's name. */
  readonly name: string;
  readonly text: string;
  /** Places where the file's bytes were no UTF-8 and U+FFFD stands instead. */
  readonly brokenBytes: number;
}

export interface ReadDocumentsOptions {
  readonly signal?: AbortSignal;
}

/** A text file, a folder (all text files below it), or a list of files. */
export type DocumentSource = string | { readonly files: readonly string[] };

export declare function readDocuments(
  source: DocumentSource,
  options?: ReadDocumentsOptions,
): AsyncIterable<CorpusDocument>;
