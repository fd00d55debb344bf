import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Backend, isLookupFfnError, LookupFfnError } from '@lookupffn/core';
import { readTokenizer } from '@lookupffn/server';
import type { Tokenizer } from '@lookupffn/tokenizer';
import { type Evaluation, parseTrainingOptions } from '@lookupffn/train';
import { type CorpusText, withCorpusText } from '../corpus/corpus-text.js';
import { standardInput } from '../corpus/default-corpus.js';
import { packText } from '../corpus/pack-text.js';
import { requireOutside } from '../corpus/require-outside.js';
import { openTokenCache, type TokenCacheFlags } from '../corpus/token-cache.js';
import { type Kernel, kernelOf, kernelText } from '../model/kernel.js';
import { type BackendFlags, openBackend } from '../ui/backend-flags.js';
import { count } from '../ui/format.js';
import { howToCall, shellWord } from '../ui/how-to-call.js';
import { interruptible } from '../ui/interrupt.js';
import type { Io } from '../ui/io.js';
import { requireWritable } from '../ui/writable.js';
import { modelConfig } from './config.js';
import type { CompleteTrainConfig } from './presets.js';
import {
  type RunOrigin,
  readRunState,
  removeRunFiles,
  requireFreshFolder,
  startRunFolder,
} from './run-folder.js';
import { withRunLock } from './run-lock.js';
import { type ModelRun, openTrainer, trainingFolder, trainModel } from './train-model.js';
import { trainTokenizer } from './train-tokenizer.js';

export interface TrainRequest extends BackendFlags, TokenCacheFlags {
  readonly out: string;
  readonly corpus?: string;
  /** Null to go on with what is in `out`. */
  readonly config: CompleteTrainConfig | null;
  /** With `config`, which is the other run's but for its end; corpus and tokenizer are the other run's. */
  readonly from?: RunOrigin;
  /** Goes on though corpus or tokenizer is another one than the run's. */
  readonly force?: boolean;
}

export interface TrainRunResult {
  readonly folder: string;
  readonly steps: number;
  /** Of the model that is left: the last, or the best evaluated one. */
  readonly step: number;
  readonly validation: Evaluation;
  readonly kernel: Kernel;
}

async function openTokenizer(
  io: Io,
  wanted: CompleteTrainConfig['tokenizer'],
  text: CorpusText,
  signal: AbortSignal,
): Promise<Tokenizer> {
  if ('path' in wanted) return readTokenizer(wanted.path);
  return trainTokenizer(io, text.texts(), wanted.vocabulary, signal);
}

/** A checked configuration and corpus: of a new run, or of the one in the folder. */
async function plan(request: TrainRequest) {
  if (request.config) {
    await requireWritable(resolve(request.out));
    const { corpus: path } = request;
    const corpus = path === undefined ? null : path === standardInput ? path : resolve(path);
    requireOutside(request.out, path);
    return { fresh: true, corpus, config: request.config, from: request.from };
  }
  const { corpus, config, from } = await readRunState(request.out, 'Leave --resume out to start one.');
  return { fresh: false, corpus, config, from };
}

/** What would be refused after minutes of work on the corpus is refused before. */
async function checkBeforeWork(io: Io, request: TrainRequest, config: CompleteTrainConfig): Promise<void> {
  modelConfig(config);
  const { validationFraction } = config;
  if (!(validationFraction > 0 && validationFraction < 1)) {
    throw new LookupFfnError(
      'INVALID_CONFIG',
      `validationFraction is ${validationFraction}; it must be above 0 and below 1.`,
      { key: 'validationFraction' },
    );
  }
  if (request.tokenCache) await openTokenCache(io, request);
}

/** The trainer of a run; one that cannot branch off has not begun, and what stands in its folder would be in the way. */
async function beginTraining(io: Io, run: ModelRun, fresh: boolean) {
  try {
    return await openTrainer(io, run);
  } catch (error) {
    // `Trainer.fork` looks at everything first and writes then.
    if (fresh && run.from && !existsSync(trainingFolder(run.folder))) await removeRunFiles(run.folder);
    throw error;
  }
}

/** A divergence with the command that goes on, from the run's last checkpoint or its origin; other errors as they are. */
function withWayOn(
  error: unknown,
  out: string,
  config: CompleteTrainConfig,
  origin: RunOrigin | undefined,
): unknown {
  if (!isLookupFfnError(error) || error.code !== 'NOT_FINITE') return error;
  const { learningRate } = parseTrainingOptions(config.training, 'training.');
  const lower = Math.min(10, Number((learningRate / 4).toPrecision(3)));
  const next = `--out ${shellWord(`${out.replace(/\/+$/, '')}-lower`)} --learning-rate ${lower}`;
  const from = error.details.checkpoint ? { folder: out } : origin;
  const step = from?.step === undefined ? '' : ` --from-step ${from.step}`;
  const how = from
    ? `Go on with: ${howToCall()} train --from ${shellWord(from.folder)}${step} ${next} (--from-step takes an earlier checkpoint, should it diverge at once)`
    : `Start again with a lower rate: ${next}`;
  return new LookupFfnError('NOT_FINITE', `${error.message} ${how}`, error.details, error);
}

/**
 * Trains a model into a folder, or goes on with one. Throws `ABORTED`, saying how to go on, after a clean stop, and
 * `RUN_MISMATCH` where another process trains there.
 */
export async function runTraining(io: Io, request: TrainRequest): Promise<TrainRunResult> {
  const planned = await plan(request);
  await checkBeforeWork(io, request, planned.config);
  const folder = resolve(request.out);
  return withRunLock(folder, async () => {
    if (planned.fresh) await requireFreshFolder(request.out);
    const backend = await openBackend(request);
    try {
      const kernel = kernelOf(backend.info);
      io.note(`Kernel: ${kernelText(kernel)}`);
      const { steps, model } = await interruptible(io, 'Stopping after this step.', (signal) =>
        trainInFolder(io, request, { ...planned, folder, backend }, signal),
      );
      return { folder, steps, ...model, kernel };
    } finally {
      backend.dispose();
    }
  });
}

type Planned = Awaited<ReturnType<typeof plan>> & { readonly folder: string; readonly backend: Backend };

async function trainInFolder(
  io: Io,
  request: TrainRequest,
  { fresh, corpus: path, config, from, folder, backend }: Planned,
  signal: AbortSignal,
) {
  const { validationFraction } = config;
  const { seed, sequenceLength } = parseTrainingOptions(config.training, 'training.');
  const { title, tokenizer, corpus } = await withCorpusText(io, path ?? undefined, signal, async (text) => {
    const wanted = fresh ? config.tokenizer : { path: join(folder, 'tokenizer.json') };
    const tokenizer = await openTokenizer(io, wanted, text, signal);
    const how = { tokenizer, sequenceLength, validationFraction, seed, signal };
    return { title: text.title, tokenizer, corpus: await packText(io, text, request, how) };
  });
  io.note(
    `Corpus: ${title}: ${count(corpus.train.count)} sequences of ${sequenceLength} tokens, ${count(corpus.validation.count)} held out`,
  );
  const model = modelConfig(config, tokenizer);
  if (fresh) {
    const state = { kind: 'lookupffn-run', version: 1, corpus: path, config, from } as const;
    await startRunFolder(folder, state, tokenizer.toJSON());
  }
  const run = {
    title: model.ffn.kind === 'lookup' ? 'LookupFFN' : 'Dense FFN',
    folder,
    backend,
    corpus,
    tokenizer,
    config: model,
    options: config.training,
    from,
    init: config.init,
    force: request.force,
    data: { corpus: path, corpusHash: corpus.hash, sequenceLength, validationFraction, seed },
  };
  const trainer = await beginTraining(io, run, fresh);
  const result = await trainModel(io, run, signal, trainer).catch((error) => {
    throw withWayOn(error, request.out, config, from);
  });
  if (result.status === 'interrupted') {
    throw new LookupFfnError(
      'ABORTED',
      `Stopped at step ${count(result.step)} of ${count(result.steps)}. Go on with: ${howToCall()} train --resume --out ${shellWord(request.out)}`,
    );
  }
  return { steps: result.steps, model: result.model! };
}
