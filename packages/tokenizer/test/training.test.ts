import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import {
  readLines,
  TokenizerError,
  type TrainingProgress,
  trainByteLevelBpe,
  trainWordPiece,
} from '../src/index.js';
import { learnMerges } from '../src/train/learn-merges.js';
import { Pace } from '../src/train/pace.js';
import { cutLines } from '../src/train/texts.js';
import { chooseAlphabet, countNormalizedWords, wordsAsCharacters } from '../src/train/word-piece.js';
import { speeches } from './support/texts.js';

interface Case {
  texts?: string[];
  speechStep?: number;
  vocabularySize: number;
  minFrequency: number;
}

/** Made by scripts/oracle/train.py. */
const golden: {
  byteLevelBpe: (Case & { specialTokens: string[]; addPrefixSpace: boolean; merges: string[] })[];
  wordPiece: (Case & { alphabetLimit: number; tokens: string[] })[];
} = JSON.parse(readFileSync(new URL('./data/trained-by-hugging-face.json', import.meta.url), 'utf8'));

const textsOf = ({ texts, speechStep }: Case) => texts ?? speeches(speechStep as number);

for (const [i, expected] of golden.byteLevelBpe.entries()) {
  test(`byte-level BPE: the merges are those of Hugging Face's trainer, case ${i}`, async () => {
    const tokenizer = await trainByteLevelBpe(textsOf(expected), expected);
    const { model } = tokenizer.toJSON();
    expect((model as { merges: string[][] }).merges.map((merge) => merge.join(' '))).toEqual(expected.merges);
  });
}

for (const [i, expected] of golden.wordPiece.entries()) {
  test(`WordPiece: the tokens are those of Hugging Face's trainer from the same start, case ${i}`, async () => {
    const pace = new Pace({});
    const counted = await countNormalizedWords(textsOf(expected), {}, pace);
    const alphabet = chooseAlphabet(counted, expected);
    const single = expected.tokens.filter((token) => /^(##)?.$/su.test(token));
    const tokens = expected.tokens.slice(0, 5 + single.length);
    expect(tokens.slice(5, 5 + alphabet.length)).toEqual(alphabet);
    const limits = { ...expected, continuingPrefix: '##' };
    await learnMerges(wordsAsCharacters(counted, tokens, '##'), tokens, limits, pace);
    expect(tokens).toEqual(expected.tokens);
  });
}

test('the order of the texts does not matter, nor how they arrive', async () => {
  const texts = speeches(80);
  const train = async (source: Iterable<string> | AsyncIterable<string>) =>
    (await trainByteLevelBpe(source, { vocabularySize: 1000 })).toJSON();
  const expected = await train(texts);
  expect(await train(texts.toReversed())).toEqual(expected);
  expect(await train(Readable.from(texts))).toEqual(expected);
});

test('a long text counts the same in stretches as whole', async () => {
  // Longer than a stretch and a window, words across their borders.
  const text = speeches(30).join(' ').repeat(5);
  const { model } = (await trainByteLevelBpe([text], { vocabularySize: 600 })).toJSON();
  expect(text.length).toBeGreaterThan(1 << 20);
  expect(Object.keys(model.vocab)).toHaveLength(600);
  const words = await trainByteLevelBpe(text.split(/(?= )/), { vocabularySize: 600 });
  expect(words.toJSON().model).toEqual(model);
});

test('WordPiece: special tokens, alphabet, continuing characters and merges in this order', async () => {
  const texts = ['low lower lowest', 'new newer newest', 'ÜBER über'];
  const tokenizer = await trainWordPiece(texts, { vocabularySize: 40, minFrequency: 2 });
  const tokens = Array.from({ length: tokenizer.vocabularySize }, (_, id) => tokenizer.idToToken(id));
  expect(tokens.slice(0, 5)).toEqual(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']);
  expect(tokens.slice(5, 15)).toEqual(['b', 'e', 'l', 'n', 'o', 'r', 's', 't', 'u', 'w']);
  expect(tokens.slice(15, 22)).toEqual(['##b', '##e', '##o', '##r', '##s', '##t', '##w']);
  expect(tokenizer.encode('lowest über low').tokens()).toEqual([
    '[CLS]',
    'low',
    '##est',
    'uber',
    'low',
    '[SEP]',
  ]);
  const cased = await trainWordPiece(texts, { vocabularySize: 60, lowercase: false });
  expect(cased.encode('ÜBER Q').tokens()).toEqual(['[CLS]', 'Ü', '##B', '##E', '##R', '[UNK]', '[SEP]']);
});

test('WordPiece: the alphabet can be limited and seeded', async () => {
  const texts = ['aaaa bbb cc d'];
  const limited = await trainWordPiece(texts, { vocabularySize: 20, alphabetLimit: 2 });
  expect(limited.encode('a d').tokens()).toEqual(['[CLS]', 'a', '[UNK]', '[SEP]']);
  const seeded = await trainWordPiece(texts, {
    vocabularySize: 20,
    alphabetLimit: 2,
    initialAlphabet: ['z'],
  });
  expect(seeded.encode('z b').tokens()).toEqual(['[CLS]', 'z', '[UNK]', '[SEP]']);
});

test('minFrequency stops merging', async () => {
  const texts = ['xy xy xy', 'zw zw'];
  const often = await trainByteLevelBpe(texts, { vocabularySize: 300, minFrequency: 3 });
  expect([often.tokenToId('xy'), often.tokenToId('zw')]).toEqual([expect.any(Number), undefined]);
});

test('training reports its stages and can be cancelled', async () => {
  const stages: TrainingProgress['stage'][] = [];
  const text = speeches(2).join('\n');
  await trainByteLevelBpe([text, text, text], {
    vocabularySize: 8000,
    onProgress: ({ stage, done, total }) => {
      stages.push(stage);
      expect(done).toBeGreaterThanOrEqual(0);
      if (total !== undefined) expect(done).toBeLessThanOrEqual(total);
    },
  });
  expect(new Set(stages)).toContain('counting words');
  const controller = new AbortController();
  const cancelled = trainByteLevelBpe([text, text, text], {
    vocabularySize: 8000,
    onProgress: () => controller.abort(),
    signal: controller.signal,
  });
  await expect(cancelled).rejects.toMatchObject({ code: 'ABORTED' });
  await expect(
    trainByteLevelBpe([text], { vocabularySize: 300, signal: AbortSignal.abort() }),
  ).rejects.toMatchObject({
    code: 'ABORTED',
  });
});

test('what cannot be trained is refused with a code', async () => {
  const code = async (training: Promise<unknown>) => {
    const error = await training.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(TokenizerError);
    return (error as TokenizerError).code;
  };
  expect(await code(trainByteLevelBpe([], { vocabularySize: 300 }))).toBe('CORPUS_INVALID');
  expect(await code(trainWordPiece([' \n '], { vocabularySize: 300 }))).toBe('CORPUS_INVALID');
  for (const vocabularySize of [0, 260, 300.5, Number.NaN, 1e9]) {
    expect(await code(trainByteLevelBpe(['a'], { vocabularySize }))).toBe('INVALID_ARGUMENT');
  }
  expect(await code(trainByteLevelBpe([7 as never], { vocabularySize: 300 }))).toBe('INVALID_ARGUMENT');
  expect(await code(trainByteLevelBpe(['a'], { vocabularySize: 300, minFrequency: -1 }))).toBe(
    'INVALID_ARGUMENT',
  );
  expect(await code(trainByteLevelBpe(['a'], { vocabularySize: 300, specialTokens: [''] }))).toBe(
    'INVALID_ARGUMENT',
  );
  expect(await code(trainWordPiece(['a'], { vocabularySize: 300, specialTokens: [] }))).toBe(
    'INVALID_ARGUMENT',
  );
  expect(await code(trainWordPiece(['abcdef'], { vocabularySize: 8 }))).toBe('INVALID_ARGUMENT');
});

test('readLines keeps line feeds and characters whole, however the bytes are cut', async () => {
  const text = 'one\ntwo é 中 \u{1f600}\n\n\ufefflast';
  const lines = ['one\n', 'two é 中 \u{1f600}\n', '\n', '\ufefflast'];
  const bytes = Buffer.from(text);
  for (const size of [1, 2, 3, 5, 100]) {
    const chunks: Uint8Array[] = [];
    for (let i = 0; i < bytes.length; i += size) chunks.push(bytes.subarray(i, i + size));
    expect(await all(readLines(chunks))).toEqual(lines);
  }
  expect(await all(readLines([text]))).toEqual(lines);
});

test('a line that does not end comes in pieces', async () => {
  const chunks = ['ab', 'cd\nef', 'gh', 'ij', 'kl'];
  expect(await all(cutLines(chunks, 4))).toEqual(['abcd\n', 'efgh', 'ijkl']);
});

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}
