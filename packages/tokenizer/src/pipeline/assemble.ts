import { Encoding } from '../encoding.js';
import { specialCount, type TemplatePiece } from './post-processor.js';
import type { TokenBuffer } from './token-buffer.js';
import { cutRanges, sharedLengths, type Truncation } from './truncation.js';

/** What {@link assemble} needs to know beside the tokens. */
export interface Assembly {
  template: readonly TemplatePiece[];
  truncation: Truncation | undefined;
  returnOverflowing: boolean;
  withOffsets: boolean;
  texts: readonly string[];
  idToToken: (id: number) => string | undefined;
}

type Range = readonly [from: number, to: number];

/** Cuts the texts' tokens to size and puts the special tokens around them. */
export function assemble(buffers: readonly TokenBuffer[], assembly: Assembly): Encoding {
  const { truncation, template } = assembly;
  const lengths = buffers.map((buffer) => buffer.length);
  if (truncation === undefined) {
    return layOut(
      buffers,
      lengths.map((length) => [0, length]),
      assembly,
      [],
    );
  }
  const room = truncation.maxLength - specialCount(template);
  const kept = sharedLengths(lengths[0], lengths[1], room, truncation.strategy);
  if (!assembly.returnOverflowing) {
    const ranges = lengths.map((length, i): Range => {
      const keep = Math.min(kept[i], length);
      return truncation.direction === 'right' ? [0, keep] : [length - keep, length];
    });
    return layOut(buffers, ranges, assembly, []);
  }
  const parts = lengths.map((length, i) =>
    cutRanges(length, kept[i], truncation.stride, truncation.direction),
  );
  const [first, ...rest] = combinations(parts);
  const overflowing = rest.map((ranges) => layOut(buffers, ranges, assembly, []));
  return layOut(buffers, first, assembly, overflowing);
}

/** Every part of the first text with every part of the second: (0,0), (1,0), (1,1), .. (2,0), .. then (0,1), .. */
function combinations(parts: readonly Range[][]): Range[][] {
  const [first, second] = parts;
  if (second === undefined) return first.map((range) => [range]);
  const pairs: Range[][] = [[first[0], second[0]]];
  for (const range of first.slice(1)) for (const other of second) pairs.push([range, other]);
  for (const other of second.slice(1)) pairs.push([first[0], other]);
  return pairs;
}

function layOut(
  buffers: readonly TokenBuffer[],
  ranges: readonly Range[],
  assembly: Assembly,
  overflowing: readonly Encoding[],
): Encoding {
  const { template } = assembly;
  let length = 0;
  for (const piece of template) {
    length += piece.kind === 'special' ? 1 : ranges[piece.sequence][1] - ranges[piece.sequence][0];
  }
  const ids = new Uint32Array(length);
  const wordIds = new Int32Array(length).fill(-1);
  const typeIds = new Uint8Array(length);
  const sequenceIds = new Int8Array(length).fill(-1);
  const offsets = assembly.withOffsets ? new Uint32Array(2 * length) : undefined;
  let at = 0;
  for (const piece of template) {
    const start = at;
    if (piece.kind === 'special') {
      ids[at++] = piece.id;
    } else {
      const buffer = buffers[piece.sequence];
      const [from, to] = ranges[piece.sequence];
      ids.set(buffer.ids.subarray(from, to), at);
      wordIds.set(buffer.words.subarray(from, to), at);
      offsets?.set(buffer.offsets.subarray(2 * from, 2 * to), 2 * at);
      at += to - from;
      sequenceIds.fill(piece.sequence, start, at);
    }
    if (piece.typeId !== 0) typeIds.fill(piece.typeId, start, at);
  }
  return new Encoding({
    ids,
    wordIds,
    typeIds,
    sequenceIds,
    offsets,
    overflowing,
    texts: assembly.withOffsets ? assembly.texts : [],
    realFrom: 0,
    realTo: length,
    idToToken: assembly.idToToken,
  });
}
