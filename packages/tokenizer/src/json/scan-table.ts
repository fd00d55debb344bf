import { bitsFor, type HashTable } from '../model/hash-table.js';
import type { Texts } from '../model/texts.js';
import { makeScanner, PAGE } from './scanner.js';

/** How a table is written in JSON. */
export interface TableFormat {
  /** Of what the JSON consists, see `automaton`. */
  readonly automaton: Uint8Array;
  /** Whether a string is two texts with a space between them. */
  readonly isSpaced: boolean;
  /** Texts of an entry. */
  readonly width: 1 | 2;
}

export interface ScannedTable {
  readonly texts: Texts;
  /** By text, the number behind it, where the format has one. */
  readonly numbers: Int32Array;
  /** Finds entries by their texts. */
  readonly index: HashTable;
  /** Where the JSON ends. */
  readonly end: number;
}

/**
 * Reads texts, and whole numbers behind them, out of the JSON in UTF-8 that begins at `from`. Undefined where it is
 * malformed or written in an unusual way; and where there is no WebAssembly, as under a content security policy without
 * `wasm-unsafe-eval`: then the general way of reading remains.
 *
 * By WebAssembly because a process loads a tokenizer once: of JavaScript, the engine had hardly compiled the loops when
 * they were done.
 */
export function scanTable(bytes: Uint8Array, from: number, format: TableFormat): ScannedTable | undefined {
  const length = bytes.length - from;
  // What the module asks for: room for a unit a byte, and for a text every two bytes.
  const most = (length >> 1) + 2;
  const places = layout([format.automaton.length, length, 2 * length, 4 * most, 4 * most, 4 * most]);
  const [automaton, file, units, starts, hashes, numbers, afterAll] = places;
  const scanner = orUndefined(() => makeScanner(afterAll));
  if (scanner === undefined) return undefined;
  const { memory } = scanner;
  const all = new Uint8Array(memory.buffer);
  all.set(format.automaton, automaton);
  all.set(bytes.subarray(from), file);
  const end = scanner.scanTable(
    file,
    file + length,
    automaton,
    format.isSpaced,
    units,
    starts,
    hashes,
    numbers,
  );
  if (end < 0) return undefined;
  const count = scanner.count.value;
  const entries = count / format.width;
  const bits = bitsFor(entries);
  const oldPages = orUndefined(() => memory.grow(Math.ceil((4 * 2 ** bits) / PAGE)));
  if (oldPages === undefined) return undefined;
  const slots = oldPages * PAGE;
  const replaced = scanner.indexTexts(entries, format.width, bits, slots, units, starts, hashes);
  // Copies: the memory of the module is given back.
  const words = (place: number, many: number) => new Int32Array(memory.buffer, place, many).slice();
  const textStarts = words(starts, count + 1);
  return {
    texts: {
      count,
      units: new Uint16Array(memory.buffer, units, textStarts[count]).slice(),
      starts: textStarts,
      hashes: words(hashes, count),
    },
    numbers: words(numbers, count),
    index: { slots: words(slots, 2 ** bits), bits, replaced },
    end: from + end - file,
  };
}

/** Where parts of these lengths begin, one behind the other; and where the last ends. Address 0 stays free. */
function layout(lengths: readonly number[]): number[] {
  const places = [8];
  for (const length of lengths) places.push(8 * Math.ceil((places[places.length - 1] + length) / 8));
  return places;
}

/** What WebAssembly refuses, for lack of memory or for any other reason, is read the general way. */
function orUndefined<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
