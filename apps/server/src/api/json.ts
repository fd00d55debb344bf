import { turn } from '../turn.js';

const headers = { 'content-type': 'application/json' };

export function json(value: unknown): Response {
  return new Response(JSON.stringify(value), { headers });
}

// About 20 bytes a number: what is shorter is written at once.
const numbersAtOnce = 16_384;
const unitsAtOnce = 1 << 18;

/** One element of a long array in JSON. */
export interface Piece {
  /** How many numbers it has. */
  readonly numbers: number;
  /** Its text in parts that take well under a millisecond each. */
  json(): Iterable<string>;
}

const vectorJson = (vector: Float32Array) => JSON.stringify(Array.from(vector));

export function vectorPiece(vector: Float32Array): Piece {
  return { numbers: vector.length, json: () => [vectorJson(vector)] };
}

/** The vectors of a text's tokens, `rows` being `[tokens, size]`. */
export function matrixPiece(rows: Float32Array, size: number): Piece {
  function* json() {
    for (let start = 0; start < rows.length; start += size) {
      yield `${start === 0 ? '[' : ','}${vectorJson(rows.subarray(start, start + size))}`;
    }
    yield ']';
  }
  return { numbers: rows.length, json };
}

function* partsOf(pieces: readonly Piece[], head: string, tail: string): Generator<string> {
  yield `${head}[`;
  for (const [i, piece] of pieces.entries()) {
    if (i > 0) yield ',';
    yield* piece.json();
  }
  yield `]${tail}`;
}

/**
 * `head [pieces] tail` as a JSON answer. Long ones are made and sent part by part, no faster than the client reads,
 * with the event loop breathing in between.
 */
export function jsonArray(pieces: readonly Piece[], head = '', tail = ''): Response {
  const numbers = pieces.reduce((sum, piece) => sum + piece.numbers, 0);
  const parts = partsOf(pieces, head, tail);
  if (numbers <= numbersAtOnce) return new Response([...parts].join(''), { headers });
  const encoder = new TextEncoder();
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      let text = '';
      while (text.length < unitsAtOnce) {
        await turn();
        const { done, value } = parts.next();
        if (done) {
          controller.enqueue(encoder.encode(text));
          controller.close();
          return;
        }
        text += value;
      }
      controller.enqueue(encoder.encode(text));
    },
  });
  return new Response(stream, { headers });
}
