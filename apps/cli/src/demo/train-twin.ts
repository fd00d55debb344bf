import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { saveModelFolder } from '@lookupffn/roberta/node';
import { type Evaluation, evaluate, Trainer, type TrainingProgress } from '@lookupffn/train';
import { type ModelName, modelTitles } from '../report/report.js';
import { count } from '../ui/format.js';
import type { Io } from '../ui/io.js';
import { trainingLine } from '../ui/training-line.js';
import type { DemoSetup } from './prepare.js';
import { demoPreset } from './preset.js';
import { twinConfig, twinTraining } from './twins.js';

export interface TwinResult {
  readonly status: 'completed' | 'interrupted';
  readonly step: number;
  /** Null when interrupted. */
  readonly validation: Evaluation | null;
}

/** Where a twin's metrics and checkpoints are kept, inside its model folder. */
export function trainingFolder(folder: string, name: ModelName): string {
  return join(folder, name, 'training');
}

/** A run that was killed before its first checkpoint has nothing to go on with. */
async function hasCheckpoint(folder: string): Promise<boolean> {
  const checkpoints = join(folder, 'checkpoints');
  return existsSync(checkpoints) && (await readdir(checkpoints)).length > 0;
}

async function openTrainer(
  name: ModelName,
  setup: DemoSetup,
  steps: number,
  folder: string,
): Promise<Trainer> {
  const { backend, corpus, settings, tokenizer } = setup;
  const shared = {
    backend,
    corpus,
    tokenizer,
    config: twinConfig(name, tokenizer, settings.sequenceLength),
    options: twinTraining(settings, steps),
  };
  if (await hasCheckpoint(folder)) return Trainer.resume(folder, shared);
  await rm(folder, { recursive: true, force: true });
  return Trainer.create({ ...shared, folder });
}

/** Trains one twin, or goes on with it, and leaves a complete model folder. */
export async function trainTwin(
  io: Io,
  name: ModelName,
  setup: DemoSetup,
  steps: number,
  folder: string,
  signal: AbortSignal,
): Promise<TwinResult> {
  const title = modelTitles[name];
  const trainer = await openTrainer(name, setup, steps, trainingFolder(folder, name));
  if (trainer.step > 0) io.note(`${title}: going on at step ${count(trainer.step)} of ${count(steps)}`);
  let last: TrainingProgress | undefined;
  const result = await trainer.run({
    signal,
    onProgress: (progress) => {
      last = progress;
      io.progress.update(() => trainingLine(title, progress, io.colours));
    },
  });
  if (result.status === 'interrupted') return { status: 'interrupted', step: result.step, validation: null };
  const { model } = trainer;
  const validation =
    result.validation ??
    (await evaluate({
      model,
      backend: setup.backend,
      sequences: setup.corpus.validation,
      maxSequences: demoPreset.evaluateSequences,
      signal,
    }));
  await saveModelFolder(join(folder, name), { ...model, tokenizerJson: setup.tokenizer.toJSON() });
  if (last) {
    io.note(
      `${title}: ${count(steps)} steps, validation log perplexity ${validation.logPerplexity.toFixed(3)}`,
    );
  }
  return { status: 'completed', step: result.step, validation };
}
