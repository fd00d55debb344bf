import type { SegmentEncoder } from '../pipeline/segment-encoder.js';
import type { TokenBuffer } from '../pipeline/token-buffer.js';
import { AlignedText } from './aligned-text.js';
import type { Normalizer } from './normalizers.js';

/** Normalizes a text, hands it on, and leads the tokens' offsets back to the original. */
export class NormalizingEncoder implements SegmentEncoder {
  readonly #normalize: Normalizer;
  readonly #isUnchanged: ((text: string) => boolean) | undefined;
  readonly #next: SegmentEncoder;

  /** `isUnchanged` may recognise, fast, some texts that normalization leaves alone. */
  constructor(normalize: Normalizer, next: SegmentEncoder, isUnchanged?: (text: string) => boolean) {
    this.#normalize = normalize;
    this.#next = next;
    this.#isUnchanged = isUnchanged;
  }

  encode(text: string, from: number, to: number, out: TokenBuffer): void {
    if (this.#isUnchanged?.(text.slice(from, to))) {
      this.#next.encode(text, from, to, out);
      return;
    }
    const aligned = AlignedText.fromText(text, from, to);
    this.#normalize(aligned);
    const normalized = aligned.toString();
    const first = out.length;
    this.#next.encode(normalized, 0, normalized.length, out);
    if (out.withOffsets) restoreOffsets(out, first, aligned);
  }
}

function restoreOffsets(out: TokenBuffer, first: number, { points, starts, ends }: AlignedText): void {
  // Units back to code points; a character outside the BMP has two.
  const owner = new Uint32Array(points.length * 2);
  let units = 0;
  for (let i = 0; i < points.length; i++) {
    owner[units++] = i;
    if (points[i] > 0xffff) owner[units++] = i;
  }
  const { offsets } = out;
  for (let token = first; token < out.length; token++) {
    const start = offsets[2 * token];
    const end = offsets[2 * token + 1];
    if (start >= end) continue;
    offsets[2 * token] = starts[owner[start]];
    offsets[2 * token + 1] = ends[owner[end - 1]];
  }
}
