import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random, referenceFactory } from '@lookupffn/core';
import { defineConfig, initialWeights, type RobertaConfig, Session } from '@lookupffn/roberta';
import { saveModelFolder } from '@lookupffn/roberta/node';
import { type BatchSession, loadServedModel, type ServedModel, TextCodec } from '@lookupffn/server';
import { type Tokenizer, trainByteLevelBpe } from '@lookupffn/tokenizer';

const words = ['the people of the United States', 'a nation of laws', 'peace and commerce with the world'];

export const tinyTokenizer: Tokenizer = await trainByteLevelBpe(words, { vocabularySize: 300 });

const lookup = {
  kind: 'lookup',
  tables: 4,
  bits: 4,
  projection: 'bh4',
  block: 4,
  stages: 4,
  read: 'two-cell',
  temperature: true,
  scorePower: false,
  skip: false,
} as const;

/** 64 tokens at most, 16 numbers a vector. */
export function tinyConfig(kind: 'dense' | 'lookup' = 'lookup'): RobertaConfig {
  return defineConfig({
    vocabSize: tinyTokenizer.vocabularySize,
    hiddenSize: 16,
    numHiddenLayers: 2,
    numAttentionHeads: 2,
    intermediateSize: 32,
    maxPositionEmbeddings: 66,
    ffn: kind === 'dense' ? { kind } : lookup,
  });
}

/** Two real, untrained models in a folder: what they say is noise, that they say it is the test. */
export async function tinyModels(): Promise<{
  folder: string;
  models: ServedModel[];
  dispose(): Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'lookupffn-server-'));
  const models: ServedModel[] = [];
  for (const name of ['dense', 'lookup'] as const) {
    const config = tinyConfig(name);
    const weights = initialWeights(config, new Random(1));
    await saveModelFolder(join(folder, name), { config, weights, tokenizerJson: tinyTokenizer.toJSON() });
    models.push(await loadServedModel(join(folder, name), { backend: referenceFactory }));
  }
  return {
    folder,
    models,
    async dispose() {
      for (const model of models) await model.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function tinySession(): Promise<Session> {
  const config = tinyConfig();
  const model = { config, weights: initialWeights(config, new Random(1)) };
  return Session.create({ model, backend: referenceFactory, thread: 'caller' });
}

/** A model whose session is the test's. */
export function modelOf(session: BatchSession, name = 'fake'): ServedModel {
  const config = tinyConfig();
  return {
    info: { name, label: name, facts: '', parameters: 1, ffn: 'lookup' },
    backend: { name: 'none', isa: 'none', threads: 1 },
    dtypes: ['f32'],
    notes: [],
    config,
    hiddenSize: config.hiddenSize,
    maskToken: '<mask>',
    pooling: 'mean',
    codec: new TextCodec(tinyTokenizer, config),
    session,
    async dispose() {},
  };
}

interface HeldBatch {
  readonly sequences: readonly ArrayLike<number>[];
  readonly signal: AbortSignal;
  /** Answers as `source` does, or with an error. */
  release(error?: Error): void;
}

/** A session that computes a batch only when the test lets it. */
export class HeldSession implements BatchSession {
  readonly batches: HeldBatch[] = [];
  readonly #source: BatchSession;
  #open = false;

  constructor(source: BatchSession) {
    this.#source = source;
  }

  hiddenStates: BatchSession['hiddenStates'] = async (sequences, options) => {
    await this.#hold(sequences, options?.signal);
    return this.#source.hiddenStates(sequences);
  };

  fillMask: BatchSession['fillMask'] = async (sequences, options) => {
    await this.#hold(sequences, options?.signal);
    return this.#source.fillMask(sequences, { ...options, signal: undefined });
  };

  classLogits: BatchSession['classLogits'] = async (sequences, options) => {
    await this.#hold(sequences, options?.signal);
    return this.#source.classLogits(sequences, { ...options, signal: undefined });
  };

  /** The n-th batch, from 0, as soon as it has come. */
  async batch(n: number): Promise<HeldBatch> {
    while (this.batches.length <= n) await new Promise((resolve) => setImmediate(resolve));
    return this.batches[n]!;
  }

  /** Lets go of all batches, also of those to come. */
  open(): void {
    this.#open = true;
    for (const batch of this.batches) batch.release();
  }

  #hold(sequences: readonly ArrayLike<number>[], signal = new AbortController().signal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')));
      const release = (error?: Error) => (error ? reject(error) : resolve());
      this.batches.push({ sequences, signal, release });
      if (this.#open) release();
    });
  }
}
