/** What the page and other clients see; the page's script shares these with the server. */

export interface ModelInfo {
  readonly name: string;
  readonly label: string;
  /** A line for people: kind of FFN, parameters, FLOP. */
  readonly facts: string;
  readonly parameters: number;
  readonly ffn: 'dense' | 'lookup';
}

export interface InfoResponse {
  readonly models: readonly ModelInfo[];
  readonly mask_token: string;
  readonly examples: readonly string[];
  readonly backend: { readonly name: string; readonly isa: string; readonly threads: number };
}

/** One candidate, in the shape of transformers' fill-mask pipeline. */
export interface Candidate {
  readonly score: number;
  readonly token: number;
  readonly token_str: string;
  readonly sequence: string;
}

export interface FillMaskResponse {
  readonly inputs: string;
  readonly results: readonly {
    readonly model: string;
    /** Tokenising, model and top-k, as a client of the library would wait. */
    readonly milliseconds: number;
    /** One list per mask, best first. */
    readonly predictions: readonly (readonly Candidate[])[];
  }[];
}

export interface ErrorResponse {
  readonly error: string;
  readonly code: string;
}
