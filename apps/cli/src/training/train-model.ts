import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend } from '@lookupffn/core';
import { writeJsonFile } from '@lookupffn/core/node';
import type { RobertaConfig } from '@lookupffn/roberta';
import { loadModelFolder, saveModelFolder } from '@lookupffn/roberta/node';
import type { Tokenizer } from '@lookupffn/tokenizer';
import {
  type Corpus,
  type Evaluation,
  listCheckpoints,
  parseTrainingOptions,
  type RunResult,
  Trainer,
  type TrainingOptionsInput,
} from '@lookupffn/train';
import { kernelOf, kernelText } from '../model/kernel.js';
import { count } from '../ui/format.js';
import type { Io } from '../ui/io.js';
import { trainingLine } from '../ui/training-line.js';
import { type DataRecipe, seenDocumentsWarning } from './data-recipe.js';
import { initFolder, initialWeightsOf } from './init.js';
import type { InitInput } from './presets.js';
import { readMetricsLines, validationAt } from './read-metrics.js';
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
  /** Begins as a trained model; `config` is that model's but for its FFNs. */
  readonly init?: InitInput;
  /** Goes on though corpus or tokenizer is another one. */
  readonly force?: boolean;
}

export interface ModelRunResult {
  readonly status: 'completed' | 'interrupted';
  readonly step: number;
  readonly steps: number;
  /** Of the model that is left, and its step; null when interrupted. */
  readonly model: { readonly step: number; readonly validation: Evaluation } | null;
}

/** Where a model's metrics and checkpoints are kept, inside its folder. */
export function trainingFolder(folder: string): string {
  return join(folder, 'training');
}

/** Says so before the metrics of a run whose checkpoints are gone are begun anew. */
async function warnOfLostSteps(io: Io, title: string, folder: string): Promise<void> {
  if (!existsSync(join(folder, 'metrics.jsonl'))) return;
  const steps = Math.max(0, ...(await readMetricsLines(folder)).keys());
  if (steps === 0) return;
  io.note(
    `warning: ${title}: ${folder} has metrics up to step ${count(steps)} but no checkpoint: they were removed, or the run was stopped before its first (--save-steps). It begins again.`,
  );
}

/** What a new run starts with, said in words; undefined where all is fresh. */
async function weightsOf(io: Io, run: ModelRun): Promise<ReadonlyMap<string, Float32Array> | undefined> {
  const { title, init, config, options } = run;
  if (!init) return undefined;
  const { weights, note } = await initialWeightsOf(init, config, parseTrainingOptions(options).seed);
  io.note(`${title}: ${note}`);
  const warning = await seenDocumentsWarning(initFolder(init), run.data, run.corpus.documents.validation);
  if (warning !== undefined) io.note(`warning: ${title}: ${warning}`);
  return weights;
}

/**
 * The run in the folder from its newest checkpoint; one that has none (new, or killed before its first) from its
 * beginning. Throws as `Trainer` does.
 */
export async function openTrainer(io: Io, run: ModelRun): Promise<Trainer> {
  const { title, backend, corpus, tokenizer, config, options, from, force } = run;
  const folder = trainingFolder(run.folder);
  const shared = { backend, corpus, tokenizer, config, options };
  const open = async () => {
    if ((await listCheckpoints(folder)).length > 0) return Trainer.resume(folder, { ...shared, force });
    await warnOfLostSteps(io, title, folder);
    const fresh = { ...shared, folder, overwrite: true };
    if (!from) return Trainer.create({ ...fresh, weights: await weightsOf(io, run) });
    return Trainer.fork({ ...fresh, force, from: trainingFolder(from.folder), fromStep: from.step });
  };
  const trainer = await open();
  if (trainer.changes.length > 0) {
    io.note(`${title}: not as it was at the checkpoint: ${trainer.changes.join('; ')}`);
  }
  const heldOut = [...corpus.documents.validation];
  await writeJsonFile(join(folder, 'data.json'), { ...run.data, heldOut } satisfies DataRecipe);
  return trainer;
}

/** One after another, so that a line may break between them. */
const optionsText = (options: TrainingOptionsInput) =>
  Object.entries(options)
    .map(([key, value]) => `${key} ${Array.isArray(value) ? value.join(' and ') : value}`)
    .join(', ');

function facts({ backend, corpus, config, options, init }: ModelRun): [string, string][] {
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
    ...(init?.model === undefined
      ? []
      : [['Begun as', `${init.model}${init.freshFfn ? ' with fresh FFNs' : ''}`] as [string, string]]),
    ['Kernel', kernelText(kernelOf(backend.info))],
    ['Options', optionsText(options)],
  ];
}

/**
 * Trains a model, or goes on with it, with live progress and a page to watch it by, and leaves a complete model folder:
 * the last weights, or the best evaluated ones where the options keep them. `opened` is the run's trainer where that has
 * been opened.
 */
export async function trainModel(
  io: Io,
  run: ModelRun,
  signal: AbortSignal,
  opened?: Trainer,
): Promise<ModelRunResult> {
  const { title } = run;
  const trainer = opened ?? (await openTrainer(io, run));
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
  if (result.status === 'interrupted') {
    await watch.close(result.status);
    return { status: 'interrupted', step: result.step, steps, model: null };
  }
  const last = result.validation!;
  watch.onLastEvaluation(result.step, last.logPerplexity);
  await watch.close(result.status);
  const { best } = result;
  const model = best ? await loadModelFolder(best.checkpoint) : trainer.model;
  await saveModelFolder(run.folder, { ...model, tokenizerJson: run.tokenizer.toJSON() });
  io.note(`${title}: ${count(steps)} steps, validation log perplexity ${last.logPerplexity.toFixed(3)}`);
  if (best) {
    io.note(`${title}: the model is that of step ${count(best.step)}, ${best.logPerplexity.toFixed(3)}`);
  }
  const left = best
    ? { step: best.step, validation: await validationAt(trainingFolder(run.folder), best.step) }
    : { step: result.step, validation: last };
  return { status: 'completed', step: result.step, steps, model: left };
}
