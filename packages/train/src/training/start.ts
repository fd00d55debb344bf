import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LookupFfnError } from '@lookupffn/core';
import { fileError } from '@lookupffn/core/node';
import { type RobertaConfig, validateConfig } from '@lookupffn/roberta';
import { checkSequences } from '../data/check-sequences.js';
import type { Corpus } from '../data/sequences.js';
import { listCheckpoints } from './checkpoint.js';
import { metricsFile } from './metrics.js';
import type { TrainingOptions } from './options.js';

/** The config with the tokenizer's mask id in it, so that a checkpoint's folder can fill masks by itself. */
export function completeConfig(config: RobertaConfig, corpus: Corpus): RobertaConfig {
  return validateConfig({
    ...config,
    maskTokenId: config.maskTokenId ?? corpus.train.vocabulary.maskTokenId,
  });
}

/** Throws `INVALID_ARGUMENT` or `INVALID_CONFIG` unless a model can be trained on a corpus with these options. */
export function checkCorpus(corpus: Corpus, config: RobertaConfig, options: TrainingOptions): void {
  checkSequences(corpus.train, config);
  const { sequenceLength } = corpus.train;
  if (sequenceLength !== options.sequenceLength) {
    throw new LookupFfnError(
      'INVALID_CONFIG',
      `Training options: sequenceLength is ${options.sequenceLength}, but the corpus was packed into sequences of ${sequenceLength}.`,
      { key: 'sequenceLength', keys: ['sequenceLength'] },
    );
  }
}

/** Makes a run's folder, so that a place that cannot be written to is known before any work. */
export async function prepareRunFolder(folder: string, overwrite: boolean): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    if (!overwrite && (await listCheckpoints(folder)).length > 0) {
      throw new LookupFfnError(
        'INVALID_ARGUMENT',
        `${folder} holds a training run already. Resume it, choose another folder, or ask for it to be overwritten.`,
        { folder },
      );
    }
    await rm(join(folder, 'checkpoints'), { recursive: true, force: true });
    await rm(join(folder, metricsFile), { force: true });
    await mkdir(join(folder, 'checkpoints'));
  } catch (error) {
    throw fileError(error, folder, 'make a training run in');
  }
}
