import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  COUNT,
  DONE,
  OPEN_BRACE,
  OPEN_BRACKET,
  OTHER,
  START,
  STRING,
  SYMBOLS,
  WHITE_SPACE,
} from '../src/json/symbols';
import { hashOn, spread } from './hash';

const SPACE: i32 = 0x20;
const QUOTE: i32 = 0x22;
const BACKSLASH: i32 = 0x5c;

/** How many texts the last call read. */
export let count: i32 = 0;

// What is being read: bytes [at, end).
let at: i32 = 0;
let end: i32 = 0;

// Where texts go, as addresses, and how many units there are by now.
let units: i32 = 0;
let starts: i32 = 0;
let hashes: i32 = 0;
let unitCount: i32 = 0;

/**
 * Reads texts, and whole numbers behind them, out of the JSON in UTF-8 at [from, to). The units of all texts go to
 * `unitsTo`, where text i ends to entry i + 1 of `startsTo`, its hash to `hashesTo`, the number behind it to `numbers`.
 * `automaton` is as src/json/automaton.ts has it; `isSpaced` says that a string is two texts with a space between them.
 * Returns where the JSON ends; -1 where it is malformed, or written in an unusual way.
 *
 * There must be room for a unit a byte, and for a text every two bytes.
 */
export function scanTable(
  from: i32,
  to: i32,
  automaton: i32,
  isSpaced: bool,
  unitsTo: i32,
  startsTo: i32,
  hashesTo: i32,
  numbers: i32,
): i32 {
  at = from;
  end = to;
  units = unitsTo;
  starts = startsTo;
  hashes = hashesTo;
  count = 0;
  unitCount = 0;
  let state: i32 = START;
  while (state > DONE && at < end) {
    const byte: i32 = load<u8>(at++);
    let symbol = symbolOf(byte);
    if (symbol == STRING) {
      if (!readString(isSpaced)) return -1;
    } else if (symbol == COUNT) {
      const number = countFrom(byte);
      if (number < 0 || count == 0) symbol = OTHER;
      else store<i32>(numbers + ((count - 1) << 2), number);
    }
    state = load<u8>(automaton + SYMBOLS * state + symbol);
  }
  return state == DONE ? at : -1;
}

/**
 * Reads the rest of a string, with the quote that closes it; false where it is malformed or unusual. Exported only so that
 * it stays a function: an engine replaces its first, slow code of a function when that is next called, not in a loop.
 */
export function readString(isSpaced: bool): bool {
  const second = count + 1;
  let hash: i32 = 0;
  let to = units + (unitCount << 1);
  for (; at < end; ) {
    let unit: i32 = load<u8>(at);
    if (unit == QUOTE) {
      at++;
      if (isSpaced && count != second) return false;
      finishText(hash, to);
      return true;
    }
    if (unit == SPACE && isSpaced) {
      if (count == second) return false;
      finishText(hash, to);
      hash = 0;
      at++;
      continue;
    }
    if (unit < 0x80 && unit >= SPACE && unit != BACKSLASH) {
      at++;
    } else {
      unit = unit == BACKSLASH ? escaped() : character();
      if (unit < 0 || (unit == SPACE && isSpaced)) return false;
      if (unit > 0xffff) {
        const high = 0xd7c0 + (unit >> 10);
        store<u16>(to, <u16>high);
        to += 2;
        hash = hashOn(hash, high);
        unit = 0xdc00 + (unit & 0x3ff);
      }
    }
    store<u16>(to, <u16>unit);
    to += 2;
    hash = hashOn(hash, unit);
  }
  return false;
}

/** The text whose units end at address `to`. */
function finishText(hash: i32, to: i32): void {
  unitCount = (to - units) >> 1;
  store<i32>(hashes + (count << 2), spread(hash));
  store<i32>(starts + (++count << 2), unitCount);
}

function symbolOf(byte: i32): i32 {
  switch (byte) {
    case 0x20:
    case 0x09:
    case 0x0a:
    case 0x0d:
      return WHITE_SPACE;
    case 0x7b:
      return OPEN_BRACE;
    case 0x7d:
      return CLOSE_BRACE;
    case 0x5b:
      return OPEN_BRACKET;
    case 0x5d:
      return CLOSE_BRACKET;
    case 0x2c:
      return COMMA;
    case 0x3a:
      return COLON;
    case QUOTE:
      return STRING;
    default:
      return isDigit(byte) ? COUNT : OTHER;
  }
}

// @ts-ignore: decorator
@inline
function isDigit(byte: i32): bool {
  return <u32>(byte - 0x30) < 10;
}

/** The number whose first digit, read already, is this; -1 for zeros before it, and for more than nine digits. */
function countFrom(first: i32): i32 {
  const from = at;
  let value = first - 0x30;
  for (; at < end && isDigit(load<u8>(at)); at++) value = 10 * value + load<u8>(at) - 0x30;
  return at > from && (first == 0x30 || at > from + 8) ? -1 : value;
}

/** Byte `i` from here; 0, which no character and no escape goes on with, behind the end. */
// @ts-ignore: decorator
@inline
function byteAfter(i: i32): i32 {
  return at + i < end ? load<u8>(at + i) : 0;
}

/** Passes over the escape here; returns the unit that it stands for, or -1. */
function escaped(): i32 {
  const letter = byteAfter(1);
  if (letter != 0x75) {
    at += 2;
    switch (letter) {
      case QUOTE:
      case BACKSLASH:
      case 0x2f:
        return letter;
      case 0x62:
        return 0x08;
      case 0x66:
        return 0x0c;
      case 0x6e:
        return 0x0a;
      case 0x72:
        return 0x0d;
      case 0x74:
        return 0x09;
      default:
        return -1;
    }
  }
  let unit: i32 = 0;
  for (let i = 2; i < 6; i++) {
    const byte = byteAfter(i);
    const digit = isDigit(byte) ? byte - 0x30 : (byte | 0x20) - 0x61 + 10;
    if (digit > 15 || (digit < 10 && !isDigit(byte))) return -1;
    unit = (unit << 4) | digit;
  }
  at += 6;
  return unit;
}

/**
 * Passes over the character of several bytes here; returns its code point, or -1 for what is no UTF-8, and for U+FFFD,
 * which may stand for what was none before. The rules are those of the Unicode Standard, table 3-7.
 */
function character(): i32 {
  const lead: i32 = load<u8>(at);
  const second = byteAfter(1) ^ 0x80;
  if (lead < 0xc2 || lead > 0xf4 || second > 0x3f) return -1;
  if (lead < 0xe0) {
    at += 2;
    return ((lead & 0x1f) << 6) | second;
  }
  const third = byteAfter(2) ^ 0x80;
  if (third > 0x3f) return -1;
  if (lead < 0xf0) {
    at += 3;
    const point = ((lead & 0xf) << 12) | (second << 6) | third;
    return point < 0x800 || (point & 0xf800) == 0xd800 || point == 0xfffd ? -1 : point;
  }
  const fourth = byteAfter(3) ^ 0x80;
  if (fourth > 0x3f) return -1;
  at += 4;
  const point = ((lead & 7) << 18) | (second << 12) | (third << 6) | fourth;
  return point < 0x10000 || point > 0x10ffff ? -1 : point;
}
