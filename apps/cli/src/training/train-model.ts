import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backend } from '@lookupffn/core';
import { writeJsonFile } from '@lookupffn/core/node';
import type { RobertaConfig } from '@lookupffn/roberta';
import { saveModelFolder } from '@lookupffn/roberta/node';
import type { Tokenizer } from '@lookupffn/tokenizer';
import { type Corpus, type Evaluation, Trainer, type TrainingOptionsInput } from '@lookupffn/train';
import { count } from '../ui/format.js';
import type { Io } from '../ui/io.js';
import { trainingLine } from '../ui/training-line.js';
import type { DataRecipe } from './data-recipe.js';

/** One model to train in a folder of its own. */
export interface ModelRun {
  /** Stands before the progress. */
  readonly title: string;
  /** Becomes a model folder; `training/` in it holds metrics, checkpoints and the data's recipe. */
  readonly folder: string;
  readonly backend: Backend;
  readonly corpus: Corpus;
  readonly tokenizer: Tokenizer;
  readonly config: RobertaConfig;
  readonly options: TrainingOptionsInput;
  readonly data: DataRecipe;
}

export interface ModelRunResult {
  readonly status: 'completed' | 'interrupted';
  readonly step: number;
  readonly steps: number;
  /** Null when interrupted. */
  readonly validation: Evaluation | null;
}

/** Where a model's metrics and checkpoints are kept, inside its folder. */
export function trainingFolder(folder: string): string {
  return join(folder, 'training');
}

/** A run that was killed before its first checkpoint has nothing to go on with. */
async function hasCheckpoint(folder: string): Promise<boolean> {
  const checkpoints = join(folder, 'checkpoints');
  if (!existsSync(checkpoints)) return false;
  return (await readdir(checkpoints)).some((name) => name.startsWith('step-'));
}

async function openTrainer(run: ModelRun): Promise<Trainer> {
  const { backend, corpus, tokenizer, config, options } = run;
  const folder = trainingFolder(run.folder);
  const shared = { backend, corpus, tokenizer, config, options };
  if (await hasCheckpoint(folder)) return Trainer.resume(folder, shared);
  const trainer = await Trainer.create({ ...shared, folder, overwrite: true });
  await writeJsonFile(join(folder, 'data.json'), run.data);
  return trainer;
}

/** Trains a model, or goes on with it, with live progress, and leaves a complete model folder. */
export async function trainModel(io: Io, run: ModelRun, signal: AbortSignal): Promise<ModelRunResult> {
  const { title } = run;
  const trainer = await openTrainer(run);
  const { steps } = trainer.options;
  if (trainer.step > 0) io.note(`${title}: going on at step ${count(trainer.step)} of ${count(steps)}`);
  const result = await trainer.run({
    signal,
    onProgress: (progress) => io.progress.update(() => trainingLine(title, progress, io.colours)),
  });
  if (result.status === 'interrupted') {
    return { status: 'interrupted', step: result.step, steps, validation: null };
  }
  await saveModelFolder(run.folder, { ...trainer.model, tokenizerJson: run.tokenizer.toJSON() });
  const validation = result.validation!;
  io.note(
    `${title}: ${count(steps)} steps, validation log perplexity ${validation.logPerplexity.toFixed(3)}`,
  );
  return { status: 'completed', step: result.step, steps, validation };
}
