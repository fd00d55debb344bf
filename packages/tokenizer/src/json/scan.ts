import { Merges } from '../bpe/merges.js';
import { MAX_ID, Vocabulary } from '../model/vocabulary.js';
import { automaton } from './automaton.js';
import { type JsonCursor, OPEN_BRACKET, QUOTE } from './cursor.js';
import { type ScannedTable, scanTable, type TableFormat } from './scan-table.js';

/** `{ "Ġthe": 5, … }` */
const vocabularyFormat: TableFormat = {
  isSpaced: false,
  width: 1,
  automaton: automaton({
    before: { '{': 'first' },
    first: { '"': 'token', '}': 'done' },
    token: { ':': 'colon' },
    colon: { '0': 'id' },
    id: { ',': 'comma', '}': 'done' },
    comma: { '"': 'token' },
  }),
};

/** `[["Ġ", "t"], …]` */
const pairFormat: TableFormat = {
  isSpaced: false,
  width: 2,
  automaton: automaton({
    before: { '[': 'first' },
    first: { '[': 'opened', ']': 'done' },
    opened: { '"': 'left' },
    left: { ',': 'between' },
    between: { '"': 'right' },
    right: { ']': 'closed' },
    closed: { ',': 'comma', ']': 'done' },
    comma: { '[': 'opened' },
  }),
};

/** `["Ġ t", …]` */
const spacedFormat: TableFormat = {
  isSpaced: true,
  width: 2,
  automaton: automaton({
    before: { '[': 'first' },
    first: { '"': 'merge', ']': 'done' },
    merge: { ',': 'comma', ']': 'done' },
    comma: { '"': 'merge' },
  }),
};

/**
 * The object from token to id that the cursor stands before, as programs write it; undefined for anything else,
 * well-formed or not: two tokens with one id, say, or ids larger than the object could fill.
 */
export function scanVocabulary(cursor: JsonCursor): Vocabulary | undefined {
  // No entry is shorter than `"":0,`.
  const most = Math.ceil((cursor.bytes.length - cursor.at) / 5);
  const scanned = scan(cursor, vocabularyFormat);
  if (scanned === undefined) return undefined;
  const vocabulary = new Vocabulary(scanned.texts, scanned.numbers, scanned.index);
  if (vocabulary.size > Math.min(most, MAX_ID + 1)) return undefined;
  return vocabulary.hasRepeats || vocabulary.hasSharedIds ? undefined : vocabulary;
}

/** The array of merges that the cursor stands before, all of them written in one of the two ways; undefined as above. */
export function scanMerges(cursor: JsonCursor): Merges | undefined {
  const from = cursor.at;
  if (!cursor.take(OPEN_BRACKET)) return undefined;
  const format = cursor.bytes[cursor.at] === QUOTE ? spacedFormat : pairFormat;
  cursor.at = from;
  const scanned = scan(cursor, format);
  return scanned && new Merges(scanned.texts, scanned.index);
}

function scan(cursor: JsonCursor, format: TableFormat): ScannedTable | undefined {
  const scanned = scanTable(cursor.bytes, cursor.at, format);
  if (scanned !== undefined) cursor.passTo(scanned.end);
  return scanned;
}
