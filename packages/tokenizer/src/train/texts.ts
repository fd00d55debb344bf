import { TokenizerError } from '../errors.js';
import type { Pace } from './pace.js';

/** Texts one at a time: no word reaches from one into the next. */
export type TextSource = Iterable<string> | AsyncIterable<string>;

/** A long text is fed in stretches, so that training can be watched and cancelled. */
const STRETCH = 1 << 20;

/**
 * Walks through the texts; `read` takes the words of `text` that begin in `[from, until)` and returns where the
 * next one begins.
 */
export async function readTexts(
  texts: TextSource,
  read: (text: string, from: number, until: number) => number,
  pace: Pace,
): Promise<void> {
  let characters = 0;
  for await (const text of texts) {
    if (typeof text !== 'string') {
      throw new TokenizerError('INVALID_ARGUMENT', `Training texts must be strings, not ${typeof text}.`);
    }
    for (let from = 0; from < text.length; ) {
      const until = read(text, from, from + STRETCH);
      characters += until - from;
      from = until;
      await pace.step('counting words', characters, undefined);
    }
  }
}

/** A line is given out at this length though it has not ended: a string cannot grow without bound. */
const LONGEST_LINE = 1 << 27;

/**
 * Cuts a stream of text or UTF-8 bytes into lines, each with its line feed: the way Hugging Face's trainer reads
 * files. For files too large for one string: `readLines(createReadStream(path))`. A line of more than 134 million
 * characters comes in several.
 */
export function readLines(
  chunks: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
): AsyncGenerator<string> {
  return cutLines(chunks, LONGEST_LINE);
}

/** {@link readLines} with another limit, for tests. */
export async function* cutLines(
  chunks: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
  longest: number,
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  // A line may come in many pieces; joining them once keeps a file without line feeds linear.
  let pieces: string[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    let from = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      pieces.push(text.slice(from, at + 1));
      yield pieces.join('');
      pieces = [];
      length = 0;
      from = at + 1;
    }
    if (from === text.length) continue;
    pieces.push(text.slice(from));
    length += text.length - from;
    if (length < longest) continue;
    yield pieces.join('');
    pieces = [];
    length = 0;
  }
  const rest = pieces.join('') + decoder.decode();
  if (rest !== '') yield rest;
}
