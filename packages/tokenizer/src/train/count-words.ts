import { LOOKAHEAD, matchEnd } from '../byte-level/scanner.js';
import { WindowReader, type WindowVisitor } from '../byte-level/windows.js';
import type { Pace } from './pace.js';
import { readTexts, type TextSource } from './texts.js';
import { WordCounter } from './word-counter.js';

/** Finds where the word that begins at `position` ends; white space may count as one or be passed over. */
export type WordEnd = (units: Uint16Array, position: number, count: number) => number;

/** Counts the words that `wordEnd` finds. */
export async function countWords(
  texts: TextSource,
  wordEnd: WordEnd,
  addPrefixSpace: boolean,
  pace: Pace,
): Promise<WordCounter> {
  const words = new WordCounter();
  const windows = new WindowReader();
  const visit: WindowVisitor = (units, count, last) => {
    let position = 0;
    while (position < count) {
      const end = wordEnd(units, position, count);
      if (!last && end + LOOKAHEAD > count) break;
      words.add(units, position, end);
      position = end;
    }
    return position;
  };
  await readTexts(
    texts,
    (text, from, until) => {
      const prefixSpace = addPrefixSpace && from === 0 && text.charCodeAt(0) !== 0x20;
      return windows.read(text, from, text.length, prefixSpace, visit, until);
    },
    pace,
  );
  return words;
}

/** GPT-2's words. */
export const byteLevelWordEnd: WordEnd = matchEnd;
