/** One model as page.json describes it. */
export interface PageModel {
  readonly name: string;
  /** For people: name and kind of FFN. */
  readonly label: string;
  /** A line for people: kind of FFN, parameters. */
  readonly facts: string;
  readonly ffn: 'dense' | 'lookup';
  /**
   * Where config.json, tokenizer.json and model.safetensors are, relative to the page and with a slash at its end; null
   * where browsers do not get the weights.
   */
  readonly folder: string | null;
}

/** What page.json, beside index.html, tells the page: the agreement between whoever serves it and the page. */
export interface PageDescription {
  readonly version: 1;
  readonly maskToken: string;
  /** Sentences with a mask to start from; the first is filled when the page opens. */
  readonly examples: readonly string[];
  readonly models: readonly PageModel[];
  /** Sentences to search; null where there are none. */
  readonly sentences: {
    /** A JSON list of them, relative to the page. */
    readonly file: string;
    /** For people: where they are from. */
    readonly from: string;
  } | null;
  /** The server that computes too; null on a static site. */
  readonly server: {
    /** Where masks are filled, relative to the page. */
    readonly fillMask: string;
    /** For people: backend, instruction set, threads. */
    readonly label: string;
    /** Whether it asks for an API key. */
    readonly needsKey: boolean;
  } | null;
}
