import { LOOKAHEAD, matchEnd } from '../byte-level/scanner.js';
import { WindowReader, type WindowVisitor } from '../byte-level/windows.js';
import { TokenizerError } from '../errors.js';
import type { Pace } from './pace.js';
import { WordCounter } from './word-counter.js';

/** Texts one at a time: no word reaches from one into the next. */
export type TextSource = Iterable<string> | AsyncIterable<string>;

/** A long text is fed in stretches, so that training can be watched and cancelled. */
const STRETCH = 1 << 20;

/** Counts the words that GPT-2's pattern finds. */
export async function countByteLevelWords(
  texts: TextSource,
  addPrefixSpace: boolean,
  pace: Pace,
): Promise<WordCounter> {
  const words = new WordCounter();
  const windows = new WindowReader();
  let characters = 0;
  for await (const text of texts) {
    if (typeof text !== 'string') {
      throw new TokenizerError('INVALID_ARGUMENT', `Training texts must be strings, not ${typeof text}.`);
    }
    for (let from = 0; from < text.length; ) {
      const prefixSpace = addPrefixSpace && from === 0 && text.charCodeAt(0) !== 0x20;
      const visit: WindowVisitor = (units, count, last) => {
        let position = 0;
        while (position < count) {
          const end = matchEnd(units, position, count);
          if (!last && end + LOOKAHEAD > count) break;
          words.add(units, position, end);
          position = end;
        }
        return position;
      };
      const done = windows.read(text, from, text.length, prefixSpace, visit, from + STRETCH);
      characters += done - from;
      from = done;
      await pace.step('counting words', characters, undefined);
    }
  }
  return words;
}
