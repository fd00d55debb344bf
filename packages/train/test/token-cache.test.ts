import { mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Random } from '@lookupffn/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BatchFiller } from '../src/data/batches.js';
import { type BuildCorpusOptions, buildCorpus } from '../src/data/corpus.js';
import { DataOrder } from '../src/data/order.js';
import type { Corpus } from '../src/data/sequences.js';
import type { TokenCacheOptions } from '../src/data/token-cache.js';
import type { CorpusTokenizer } from '../src/data/tokenise.js';
import { Trainer } from '../src/training/trainer.js';
import { farmCorpus, farmDocuments, farmTokenizer } from './corpus.js';
import { backend, tinyConfig } from './model.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookupffn-cache-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Four documents of the farm have about this many characters: six shards. */
const shardCharacters = 1000;
const cached = (changes: Partial<BuildCorpusOptions> = {}, cache: Partial<TokenCacheOptions> = {}) =>
  farmCorpus({ cache: { folder, shardCharacters, ...cache }, ...changes });

/** A tokenizer that says which texts it was given. */
function watched(tokenizer: CorpusTokenizer): { tokenizer: CorpusTokenizer; texts: string[] } {
  const texts: string[] = [];
  const encode: CorpusTokenizer['encode'] = (text) => {
    texts.push(text);
    return tokenizer.encode(text);
  };
  return { tokenizer: { ...tokenizer, encode }, texts };
}

/** Masked batches of two epochs. */
function batches({ train }: Corpus) {
  const order = new DataOrder(train.count, new Random(5));
  const filler = new BatchFiller(train, 3, 2);
  return Array.from({ length: Math.floor((2 * train.count) / 3) }, (_, i) => {
    const items = [0, 1, 2].map((j) => {
      const { epoch, sequence } = order.at(3 * i + j);
      return { sequence, random: new Random(epoch * 1000 + sequence) };
    });
    const { ids, rows, targets } = filler.fill(items);
    return { ids: [...ids], rows: [...rows], targets: [...targets] };
  });
}

const facts = ({ cache: _, close: __, train, validation, ...rest }: Corpus) => ({
  ...rest,
  counts: [train.count, validation.count],
  sources: Array.from({ length: train.count }, (_, i) => train.source(i)),
});

describe('stored tokens', () => {
  it('are the corpus that memory has, batch for batch, with hashes that do not change', async () => {
    const memory = await farmCorpus();
    const stored = await cached();
    expect(stored.cache).toEqual({ shards: 6, reused: 0 });
    expect(facts(stored)).toEqual(facts(memory));
    expect(batches(stored)).toEqual(batches(memory));
    // Runs that were begun by earlier versions go on only with these.
    expect(memory.hash).toBe('a2facceb951917678719a9ec97e0d5cc72f2d90dc80a50c990b45a2a4487b153');
    const other = { sequenceLength: 7, seed: 3 };
    expect((await cached(other)).hash).toBe(
      '8e84dc72fefc0364867155a79c086e6ab4e6768d4137fb5d119db474f6469f91',
    );
  });

  it('take four bytes where the vocabulary asks', async () => {
    const encode: CorpusTokenizer['encode'] = (text) => ({
      ids: Array.from(farmTokenizer.encode(text).ids, (id) => (id > 6 ? id + 70_000 : id)),
    });
    const tokenizer = { ...farmTokenizer, vocabularySize: 80_000, encode };
    const memory = await farmCorpus({ tokenizer });
    const stored = await cached({ tokenizer });
    expect(facts(stored)).toEqual(facts(memory));
    expect(batches(stored)).toEqual(batches(memory));
    expect(batches(stored).some(({ targets }) => targets.some((id) => id > 65_536))).toBe(true);
  });

  it('train as memory does, and go on with a run that memory began', async () => {
    const memory = await farmCorpus();
    const stored = await cached();
    const config = tinyConfig({ vocabSize: farmTokenizer.vocabularySize, maxPositionEmbeddings: 16 });
    const options = { steps: 6, batchSize: 4, sequenceLength: 12, seed: 3, checkpointEvery: 3 };
    const run = join(folder, 'run');
    const shared = { backend, config, options, tokenizer: farmTokenizer };
    const losses = async (trainer: Trainer, stopAt: number) => {
      const seen: number[] = [];
      const controller = new AbortController();
      await trainer.run({
        signal: controller.signal,
        onProgress: ({ step, loss }) => {
          seen.push(loss);
          if (step >= stopAt) controller.abort();
        },
      });
      return seen;
    };
    const whole = await losses(await Trainer.create({ ...shared, corpus: memory }), 6);
    expect(await losses(await Trainer.create({ ...shared, corpus: stored }), 6)).toEqual(whole);
    const first = await losses(await Trainer.create({ ...shared, corpus: memory, folder: run }), 3);
    const rest = await losses(await Trainer.resume(run, { ...shared, corpus: stored }), 6);
    expect([...first, ...rest]).toEqual(whole);
  });

  it('are used again without a look at the tokenizer, by whatever name the texts go', async () => {
    await cached();
    const again = watched(farmTokenizer);
    const progress: number[] = [];
    const corpus = await cached({
      tokenizer: again.tokenizer,
      onProgress: ({ tokens }) => progress.push(tokens),
    });
    expect(again.texts).toEqual([]);
    expect(corpus.cache).toEqual({ shards: 6, reused: 6 });
    expect(progress).toHaveLength(6);
    expect(progress.at(-1)).toBe(corpus.tokens);
    const renamed = farmDocuments.map((document) => ({ ...document, name: `new-${document.name}` }));
    const others = await cached({ documents: renamed });
    expect(others.cache!.reused).toBe(6);
    expect(others.train.source(0)).toMatch(/^new-farm/);
  });

  it('are made for what is new in a text or a tokenizer, and for no more', async () => {
    await cached();
    const changed = farmDocuments.map((d) => (d.name === 'farm9' ? { ...d, text: `${d.text} the cat` } : d));
    const some = watched(farmTokenizer);
    const corpus = await cached({ documents: changed, tokenizer: some.tokenizer });
    expect(corpus.cache).toEqual({ shards: 6, reused: 5 });
    expect(some.texts).toContain(changed[9]!.text);
    expect(facts(corpus)).toEqual(facts(await farmCorpus({ documents: changed })));
    const tokenizer = { ...farmTokenizer, toJSON: () => ({ another: true }) };
    expect((await cached({ tokenizer })).cache!.reused).toBe(0);
  });

  it('that are damaged are found, named, and made again', async () => {
    const whole = await cached();
    const before = batches(whole);
    const names = (await readdir(folder)).sort();
    const tokens = names.filter((name) => name.endsWith('.tokens')).map((name) => join(folder, name));
    const index = (path: string) => path.replace('.tokens', '.json');
    const content = await Promise.all(names.map((name) => readFile(join(folder, name))));
    await truncate(tokens[0]!, 10);
    const flipped = await readFile(tokens[1]!);
    flipped[20]! ^= 1;
    await writeFile(tokens[1]!, flipped);
    await rm(tokens[2]!);
    await writeFile(index(tokens[3]!), '{"kind": "lookupffn-tok');
    await writeFile(index(tokens[4]!), (await readFile(index(tokens[4]!), 'utf8')).replace(/\[\s*\d+/, '[1'));
    const damage = new Map<string, string>();
    const mended = await cached({}, { onDamage: (path, reason) => damage.set(path, reason) });
    expect(mended.cache).toEqual({ shards: 6, reused: 1 });
    expect(mended.hash).toBe(whole.hash);
    expect(batches(mended)).toEqual(before);
    expect(damage).toEqual(
      new Map([
        [tokens[0], expect.stringMatching(/has 10 bytes, not \d+/)],
        [tokens[1], expect.stringMatching(/another checksum/)],
        [tokens[2], 'is missing'],
        [index(tokens[3]!), 'is no index of tokens'],
        [index(tokens[4]!), 'counts other documents'],
      ]),
    );
    expect((await readdir(folder)).sort()).toEqual(names);
    expect(await Promise.all(names.map((name) => readFile(join(folder, name))))).toEqual(content);
  });

  it('of a run that was stopped are whole shards, with which the next goes on', async () => {
    const controller = new AbortController();
    const stopped = cached({
      signal: controller.signal,
      onProgress: ({ documents }) => documents === 11 && controller.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    const left = await readdir(folder);
    expect(left).toHaveLength(4);
    expect(left.every((name) => /^[0-9a-f]{64}\.(json|tokens)$/.test(name))).toBe(true);
    const rest = watched(farmTokenizer);
    const corpus = await cached({ tokenizer: rest.tokenizer });
    expect(corpus.cache).toEqual({ shards: 6, reused: 2 });
    expect(rest.texts).toHaveLength(16);
    expect(corpus.hash).toBe((await farmCorpus()).hash);
  });

  it('that a killed process was writing are removed after a day', async () => {
    const temporary = (start: string) => join(folder, `.${start.repeat(64)}.tokens.0011aa.tmp`);
    for (const start of ['a', 'b']) await writeFile(temporary(start), 'half');
    await writeFile(join(folder, '.mine.tmp'), 'not of this cache');
    const yesterday = Date.now() / 1000 - 25 * 3600;
    for (const path of [temporary('a'), join(folder, '.mine.tmp')]) await utimes(path, yesterday, yesterday);
    await cached();
    const left = (await readdir(folder)).filter((name) => name.startsWith('.'));
    expect(left.sort()).toEqual([`.${'b'.repeat(64)}.tokens.0011aa.tmp`, '.mine.tmp']);
  });

  it('may be made by several at once', async () => {
    const corpora = await Promise.all([cached(), cached(), cached()]);
    const { hash } = await farmCorpus();
    expect(corpora.map((corpus) => corpus.hash)).toEqual([hash, hash, hash]);
    expect(await readdir(folder)).toHaveLength(12);
    expect((await cached()).cache!.reused).toBe(6);
  });

  it('that vanish or shrink while they are read give a coded error', async () => {
    const { train, close } = await cached();
    const ids = new Int32Array(12);
    train.read(0, ids, 0);
    for (const name of await readdir(folder)) {
      if (name.endsWith('.tokens')) await truncate(join(folder, name), 2);
    }
    const readAll = () => {
      for (let i = 0; i < train.count; i++) train.read(i, ids, 0);
    };
    expect(readAll).toThrow(expect.objectContaining({ code: 'FILE_CORRUPT' }));
    close!();
    await rm(folder, { recursive: true });
    expect(readAll).toThrow(expect.objectContaining({ code: 'FILE_NOT_FOUND' }));
  });

  it('in a place that cannot be written give a coded error', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(cached({}, { folder: join(folder, 'file', 'tokens') })).rejects.toMatchObject({
      code: 'FILE_IO',
      message: expect.stringMatching(/file.*folder/),
    });
  });

  it('of a corpus larger than memory stay on disk, while they are made and while they are read', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const arrays = () => {
      collect();
      return process.memoryUsage().arrayBuffers;
    };
    // A character is a token: 200 documents of 20,000 at four bytes are 16 MB of tokens.
    const ids = new Int32Array(20_000).map((_, i) => 5 + (i % 90));
    const tokenizer = { ...farmTokenizer, vocabularySize: 80_000, encode: () => ({ ids }) };
    // What earlier tests left is swept in the background.
    for (let i = 0; i < 5; i++) {
      collect();
      await setTimeout(20);
    }
    const before = arrays();
    let peak = 0;
    const build = (cache?: TokenCacheOptions) =>
      buildCorpus({
        documents: (function* () {
          for (let i = 0; i < 200; i++) yield { name: `d${i}`, text: `${i} `.repeat(5000), replaced: 0 };
        })(),
        tokenizer,
        sequenceLength: 128,
        ...(cache ? { cache } : {}),
        onProgress: ({ documents }) => {
          if (documents % 20 === 7) peak = Math.max(peak, arrays() - before);
        },
      });
    const stored = await build({ folder, shardCharacters: 300_000 });
    for (let i = 0; i < stored.train.count; i += 7) stored.train.read(i, new Int32Array(128), 0);
    expect(stored.tokens).toBe(4_000_000);
    expect(Math.max(peak, arrays() - before)).toBeLessThan(8e6);
    const memory = await build();
    expect(arrays() - before).toBeGreaterThan(16e6);
    expect(memory.hash).toBe(stored.hash);
  });
});
