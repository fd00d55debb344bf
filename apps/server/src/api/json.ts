import { createPause } from '../text/pause.js';

const headers = { 'content-type': 'application/json' };

export function json(value: unknown): Response {
  return new Response(JSON.stringify(value), { headers });
}

// About 20 bytes a number: what is shorter is written at once.
const numbersAtOnce = 16_384;

/** One element of a long array in JSON, and how many numbers it has. */
export interface Piece {
  readonly numbers: number;
  toJson(): string;
}

export function vectorPiece(vector: Float32Array): Piece {
  return { numbers: vector.length, toJson: () => JSON.stringify(Array.from(vector)) };
}

/** The vectors of a text's tokens, `rows` being `[tokens, size]`. */
export function matrixPiece(rows: Float32Array, size: number): Piece {
  const lines = function* () {
    for (let start = 0; start < rows.length; start += size) {
      yield JSON.stringify(Array.from(rows.subarray(start, start + size)));
    }
  };
  return { numbers: rows.length, toJson: () => `[${[...lines()].join(',')}]` };
}

/**
 * `head [pieces] tail` as a JSON answer. Long ones are made and sent piece by piece, no faster than the client reads,
 * with the event loop breathing in between.
 */
export function jsonArray(pieces: readonly Piece[], head = '', tail = ''): Response {
  const numbers = pieces.reduce((sum, piece) => sum + piece.numbers, 0);
  if (numbers <= numbersAtOnce) {
    return new Response(`${head}[${pieces.map((piece) => piece.toJson()).join(',')}]${tail}`, { headers });
  }
  const encoder = new TextEncoder();
  const pause = createPause();
  let next = 0;
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      let text = next === 0 ? `${head}[` : '';
      for (let written = 0; next < pieces.length && written < numbersAtOnce; next++) {
        const piece = pieces[next]!;
        text += (next === 0 ? '' : ',') + piece.toJson();
        written += piece.numbers;
        await pause();
      }
      const last = next === pieces.length;
      controller.enqueue(encoder.encode(last ? `${text}]${tail}` : text));
      if (last) controller.close();
    },
  });
  return new Response(stream, { headers });
}
