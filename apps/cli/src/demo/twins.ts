import { join } from 'node:path';
import { defineConfig, type RobertaConfig } from '@lookupffn/roberta';
import type { Tokenizer } from '@lookupffn/tokenizer';
import type { TrainingOptionsInput } from '@lookupffn/train';
import { type ModelName, modelTitles } from '../report/report.js';
import type { ModelRun } from '../training/train-model.js';
import type { DemoSetup } from './prepare.js';
import { demoPreset } from './preset.js';
import type { DemoSettings } from './settings.js';

/** The two models differ in their `ffn` section and in nothing else. */
export function twinConfig(name: ModelName, tokenizer: Tokenizer, sequenceLength: number): RobertaConfig {
  const { bos, eos, pad, mask } = tokenizer.specialTokens;
  const padTokenId = pad!.id;
  return defineConfig({
    ...demoPreset.model,
    vocabSize: tokenizer.vocabularySize,
    maxPositionEmbeddings: sequenceLength + padTokenId + 1,
    bosTokenId: bos!.id,
    eosTokenId: eos!.id,
    padTokenId,
    maskTokenId: mask!.id,
    ffn: name === 'lookup' ? demoPreset.lookup : { kind: 'dense' },
  });
}

/** Alike for both. */
export function twinTraining(
  { batchSize, sequenceLength, seed }: DemoSettings,
  steps: number,
): TrainingOptionsInput {
  return {
    ...demoPreset.training,
    batchSize,
    sequenceLength,
    seed,
    steps,
    warmupSteps: Math.round(steps * demoPreset.warmupFraction),
    evaluateSequences: demoPreset.evaluateSequences,
    checkpointEvery: Math.max(1, Math.ceil(steps / demoPreset.checkpoints)),
    keepCheckpoints: 1,
  };
}

/** One twin, ready to be trained in its folder inside the demo's. */
export function twinRun(name: ModelName, setup: DemoSetup, steps: number, folder: string): ModelRun {
  const { backend, corpus, settings, tokenizer } = setup;
  return {
    title: modelTitles[name],
    folder: join(folder, name),
    backend,
    corpus,
    tokenizer,
    config: twinConfig(name, tokenizer, settings.sequenceLength),
    options: twinTraining(settings, steps),
    data: {
      corpus: settings.corpus,
      corpusHash: corpus.hash,
      sequenceLength: settings.sequenceLength,
      validationFraction: demoPreset.validationFraction,
      seed: settings.seed,
    },
  };
}
