import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Backend, Random } from '@lookupffn/core';
import { defineConfig, initialWeights, type RobertaConfigInput, type RobertaModel } from '@lookupffn/roberta';
import { saveModelFolder } from '@lookupffn/roberta/node';
import { type Tokenizer, trainByteLevelBpe } from '@lookupffn/tokenizer';
import { type Model, type ModelFiles, prepareModel } from '../src/worker/models.js';

export const texts = [
  'the people of the United States',
  'a nation of laws',
  'peace and commerce with the world',
  'the laws of commerce',
];

export const tokenizer: Tokenizer = await trainByteLevelBpe(texts, { vocabularySize: 300 });

export const lookup = {
  kind: 'lookup',
  tables: 4,
  bits: 4,
  projection: 'bh4',
  block: 4,
  stages: 4,
  read: 'two-cell',
  temperature: true,
} as const satisfies RobertaConfigInput['ffn'];

/** A small untrained model, large weights so that nothing is nearly zero; 64 tokens at most. */
export function tinyModel(ffn: RobertaConfigInput['ffn'] = lookup): RobertaModel {
  const config = defineConfig({
    vocabSize: tokenizer.vocabularySize,
    hiddenSize: 16,
    numHiddenLayers: 2,
    numAttentionHeads: 2,
    intermediateSize: 32,
    maxPositionEmbeddings: 66,
    initializerRange: 0.3,
    ffn,
  });
  return { config, weights: initialWeights(config, new Random(1)) };
}

/** What a browser would fetch. */
export async function filesOf({ config, weights }: RobertaModel): Promise<ModelFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'lookupffn-page-'));
  try {
    await saveModelFolder(folder, { config, weights, tokenizerJson: tokenizer.toJSON() });
    const read = (name: string) => readFile(join(folder, name));
    return {
      config: JSON.parse(String(await read('config.json'))),
      tokenizer: String(await read('tokenizer.json')),
      weights: { name: 'model.safetensors', bytes: await read('model.safetensors') },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function prepared(backend: Backend, ffn?: RobertaConfigInput['ffn']): Promise<Model> {
  return prepareModel(backend, await filesOf(tinyModel(ffn)));
}

/** Runs a job's steps to the end. */
export function finish<T, R>(steps: Generator<T, R>): { seen: T[]; result: R } {
  const seen: T[] = [];
  for (;;) {
    const { done, value } = steps.next();
    if (done) return { seen, result: value };
    seen.push(value);
  }
}
