import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backend } from '@lookupffn/core';
import { writeJsonFile } from '@lookupffn/core/node';
import type { RobertaConfig } from '@lookupffn/roberta';
import { loadModelFolder, saveModelFolder } from '@lookupffn/roberta/node';
import type { Tokenizer } from '@lookupffn/tokenizer';
import {
  type Corpus,
  type Evaluation,
  type RunResult,
  Trainer,
  type TrainingOptionsInput,
} from '@lookupffn/train';
import { count } from '../ui/format.js';
import type { Io } from '../ui/io.js';
import { trainingLine } from '../ui/training-line.js';
import type { DataRecipe } from './data-recipe.js';
import type { RunOrigin } from './run-folder.js';
import { RunWatch } from './run-watch.js';

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
  /** Begins as a checkpoint of another run instead of afresh. */
  readonly from?: RunOrigin;
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
  const fresh = { ...shared, folder, overwrite: true };
  const { from } = run;
  const trainer = from
    ? await Trainer.fork({ ...fresh, from: trainingFolder(from.folder), fromStep: from.step })
    : await Trainer.create(fresh);
  const heldOut = [...corpus.documents.validation];
  await writeJsonFile(join(folder, 'data.json'), { ...run.data, heldOut } satisfies DataRecipe);
  return trainer;
}

function facts({ backend, corpus, config, options }: ModelRun): [string, string][] {
  const { name, isa, threads } = backend.info;
  const { ffn } = config;
  const shape =
    ffn.kind === 'dense'
      ? `dense, ${count(config.intermediateSize)} wide`
      : `${ffn.tables} tables of ${count(2 ** ffn.bits)}, ${ffn.read} read, ${ffn.projection} projection${ffn.outputRank === undefined ? '' : `, output rank ${ffn.outputRank}`}`;
  return [
    ['Model', `${config.numHiddenLayers} layers, hidden size ${config.hiddenSize}, FFN ${shape}`],
    [
      'Sequences',
      `${count(corpus.train.count)} of ${corpus.train.sequenceLength} tokens, ${count(corpus.validation.count)} held out`,
    ],
    ['Kernel', `${name} (${isa}), ${threads} threads`],
    ['Options', JSON.stringify(options)],
  ];
}

/**
 * Trains a model, or goes on with it, with live progress and a page to watch it by, and leaves a complete model folder:
 * the last weights, or the best evaluated ones where the options keep them.
 */
export async function trainModel(io: Io, run: ModelRun, signal: AbortSignal): Promise<ModelRunResult> {
  const { title } = run;
  const trainer = await openTrainer(run);
  const { steps } = trainer.options;
  if (trainer.step > 0) io.note(`${title}: going on at step ${count(trainer.step)} of ${count(steps)}`);
  const watch = await RunWatch.open(io, trainingFolder(run.folder), {
    title: `Training: ${title}`,
    facts: facts(run),
    step: trainer.step,
    steps,
  });
  let result: RunResult;
  try {
    result = await trainer.run({
      signal,
      onProgress: (progress) => {
        watch.onProgress(progress);
        io.progress.update(() => trainingLine(title, progress, io.colours));
      },
    });
  } catch (error) {
    await watch.close('failed', (error as Error).message);
    throw error;
  }
  await watch.close(result.status);
  if (result.status === 'interrupted') {
    return { status: 'interrupted', step: result.step, steps, validation: null };
  }
  const { best } = result;
  const model = best ? await loadModelFolder(best.checkpoint) : trainer.model;
  await saveModelFolder(run.folder, { ...model, tokenizerJson: run.tokenizer.toJSON() });
  const validation = result.validation!;
  io.note(
    `${title}: ${count(steps)} steps, validation log perplexity ${validation.logPerplexity.toFixed(3)}`,
  );
  if (best) {
    io.note(`${title}: the model is that of step ${count(best.step)}, ${best.logPerplexity.toFixed(3)}`);
  }
  return { status: 'completed', step: result.step, steps, validation };
}
