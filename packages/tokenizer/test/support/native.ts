import type Tokenizers from 'tokenizers';
import type { Tokenizer, TokenizerJson } from '../../src/index.js';

/** npm `tokenizers`, Hugging Face's own, compiled from Rust; or why it cannot be loaded here. */
export type Native = { module: typeof Tokenizers; reason: undefined } | { module: undefined; reason: string };

async function load(): Promise<Native> {
  try {
    const { default: module } = await import('tokenizers');
    return { module, reason: undefined };
  } catch (error) {
    const reason = `npm tokenizers cannot be loaded on ${process.platform}-${process.arch}: ${error}`;
    console.warn(`SKIPPED: parity with Hugging Face's tokenizers. ${reason}`);
    return { module: undefined, reason };
  }
}

export const native: Native = await load();

/** Appended to a test's name, so that a skip says why. */
export const skipNote = native.reason === undefined ? '' : ` (${native.reason})`;

export interface Difference {
  text: string;
  what: string;
  theirs: unknown;
  ours: unknown;
}

type Pair = readonly [text: string, pair: string];

/** The same tokenizer over there. */
export function nativeTokenizer(json: TokenizerJson): Tokenizers.Tokenizer {
  return (native.module as typeof Tokenizers).Tokenizer.fromString(JSON.stringify(json));
}

/** Ids, offsets, word ids, special tokens and decoded text of each input under both; returns what differs. */
export async function differences(
  theirs: Tokenizers.Tokenizer,
  ours: Tokenizer,
  inputs: readonly (string | Pair)[],
): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const input of inputs) {
    const [text, pair] = typeof input === 'string' ? [input, undefined] : input;
    const expected = await theirs.encode(text, pair);
    const actual = ours.encode(text, { pair, offsets: true });
    const ids = expected.getIds();
    const compare = (what: string, reference: ArrayLike<unknown>, result: ArrayLike<unknown>) => {
      const at = firstDifference(reference, result);
      if (at >= 0) found.push({ text: excerpt(text, at), what, theirs: reference[at], ours: result[at] });
    };
    compare('ids', ids, actual.ids);
    compare('offsets', expected.getOffsets().flat(), actual.codePointOffsets()!);
    compare(
      'words',
      expected.getWordIds().map((word) => word ?? -1),
      actual.wordIds,
    );
    compare('special tokens', expected.getSpecialTokensMask(), actual.specialTokensMask);
    compare('types', expected.getTypeIds(), actual.typeIds);
    for (const skipSpecialTokens of [false, true]) {
      compare(
        'decoded',
        await theirs.decode(ids, skipSpecialTokens),
        ours.decode(ids, { skipSpecialTokens }),
      );
    }
  }
  return found;
}

function firstDifference(a: ArrayLike<unknown>, b: ArrayLike<unknown>): number {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return i;
  return -1;
}

function excerpt(text: string, at: number): string {
  return JSON.stringify(text.length <= 200 ? text : `${text.slice(0, 40)}... (difference at token ${at})`);
}
