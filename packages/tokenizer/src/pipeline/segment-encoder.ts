import type { TokenBuffer } from './token-buffer.js';

/** What a model looks like to the tokenizer: it turns a stretch of plain text, free of added tokens, into tokens. */
export interface SegmentEncoder {
  /** Appends the tokens of `text[from, to)`, offsets counted from the beginning of `text`. */
  encode(text: string, from: number, to: number, out: TokenBuffer): void;
}
