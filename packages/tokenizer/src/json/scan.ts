import { Merges } from '../bpe/merges.js';
import { hashUnits } from '../model/hash.js';
import { TextList } from '../model/text-list.js';
import { MAX_ID, Vocabulary } from '../model/vocabulary.js';
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  type JsonCursor,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './cursor.js';

/**
 * The object from token to id that the cursor stands before, as programs write it; undefined for anything else,
 * well-formed or not: two tokens with one id, say, or ids larger than the object could fill.
 */
export function scanVocabulary(cursor: JsonCursor): Vocabulary | undefined {
  const room = cursor.bytes.length - cursor.at;
  // No entry is shorter than `"":0,`.
  const most = Math.ceil(room / 5);
  const tokens = new TextList(most, room);
  const ids = new Int32Array(most);
  const isTaken = new Uint8Array(Math.min(most, MAX_ID + 1));
  if (!cursor.take(OPEN_BRACE)) return undefined;
  if (!cursor.take(CLOSE_BRACE)) {
    do {
      if (!entry(cursor, tokens, ids, isTaken)) return undefined;
    } while (cursor.take(COMMA));
    if (!cursor.take(CLOSE_BRACE)) return undefined;
  }
  tokens.trim();
  const vocabulary = new Vocabulary(tokens, ids.slice(0, tokens.count), isTaken.lastIndexOf(1) + 1);
  return vocabulary.hasRepeats ? undefined : vocabulary;
}

/** `"Ġthe": 5` */
function entry(cursor: JsonCursor, tokens: TextList, ids: Int32Array, isTaken: Uint8Array): boolean {
  const { units, starts, hashes, count } = tokens;
  const end = cursor.string(units, starts[count]);
  if (end < 0 || !cursor.take(COLON)) return false;
  hashes[count] = cursor.hash;
  starts[count + 1] = end;
  const id = cursor.count();
  if (id < 0 || id >= isTaken.length || isTaken[id] !== 0) return false;
  isTaken[id] = 1;
  ids[count] = id;
  tokens.count = count + 1;
  return true;
}

/** The array of merges that the cursor stands before, all of them written in one of the two ways; undefined as above. */
export function scanMerges(cursor: JsonCursor): Merges | undefined {
  const room = cursor.bytes.length - cursor.at;
  // No merge, of two texts, is shorter than `" ",`.
  const parts = new TextList(2 * Math.ceil(room / 4), room);
  if (!cursor.take(OPEN_BRACKET)) return undefined;
  const scan = cursor.bytes[cursor.at] === QUOTE ? spacedPair : pair;
  if (!cursor.take(CLOSE_BRACKET)) {
    do {
      if (!scan(cursor, parts)) return undefined;
    } while (cursor.take(COMMA));
    if (!cursor.take(CLOSE_BRACKET)) return undefined;
  }
  parts.trim();
  return new Merges(parts);
}

/** `["Ġ", "t"]` */
function pair(cursor: JsonCursor, parts: TextList): boolean {
  const { units, starts, hashes, count } = parts;
  if (!cursor.take(OPEN_BRACKET)) return false;
  const middle = cursor.string(units, starts[count]);
  if (middle < 0 || !cursor.take(COMMA)) return false;
  hashes[count] = cursor.hash;
  starts[count + 1] = middle;
  const end = cursor.string(units, middle);
  hashes[count + 1] = cursor.hash;
  starts[count + 2] = end;
  parts.count = count + 2;
  return end >= 0 && cursor.take(CLOSE_BRACKET);
}

/** `"Ġ t"` */
function spacedPair(cursor: JsonCursor, parts: TextList): boolean {
  const { units, starts, hashes, count } = parts;
  const start = starts[count];
  const end = cursor.string(units, start) - 1;
  let space = start;
  while (space < end && units[space] !== SPACE) space++;
  if (space >= end || units[space] !== SPACE) return false;
  units.copyWithin(space, space + 1, end + 1);
  for (let i = space; i < end; i++) if (units[i] === SPACE) return false;
  hashes[count] = hashUnits(units, start, space);
  starts[count + 1] = space;
  hashes[count + 1] = hashUnits(units, space, end);
  starts[count + 2] = end;
  parts.count = count + 2;
  return true;
}

const SPACE = 0x20;
