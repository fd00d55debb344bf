import type { AddedTokenFinder } from './added-tokens.js';
import type { SegmentEncoder } from './segment-encoder.js';
import type { TokenBuffer } from './token-buffer.js';

/** Takes added tokens out of a text and hands what lies between to the next encoder. */
export class AddedTokenSplitter implements SegmentEncoder {
  readonly #finder: AddedTokenFinder;
  readonly #next: SegmentEncoder;

  constructor(finder: AddedTokenFinder, next: SegmentEncoder) {
    this.#finder = finder;
    this.#next = next;
  }

  encode(text: string, from: number, to: number, out: TokenBuffer): void {
    this.#finder.split(
      text,
      from,
      to,
      (start, end) => this.#next.encode(text, start, end, out),
      (token, start, end) => out.push(token.id, start, end, out.nextWord++),
    );
  }
}

/** `next` itself when there is nothing to find. */
export function splittingAddedTokens(finder: AddedTokenFinder, next: SegmentEncoder): SegmentEncoder {
  return finder.isEmpty ? next : new AddedTokenSplitter(finder, next);
}
