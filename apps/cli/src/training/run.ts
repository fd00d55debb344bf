import { join, resolve } from 'node:path';
import { isLookupFfnError, LookupFfnError } from '@lookupffn/core';
import { readTokenizer } from '@lookupffn/server';
import type { Tokenizer } from '@lookupffn/tokenizer';
import { type Evaluation, parseTrainingOptions } from '@lookupffn/train';
import { type CorpusText, withCorpusText } from '../corpus/corpus-text.js';
import { standardInput } from '../corpus/default-corpus.js';
import { packText } from '../corpus/pack-text.js';
import type { TokenCacheFlags } from '../corpus/token-cache.js';
import { type BackendFlags, openBackend } from '../ui/backend-flags.js';
import { count } from '../ui/format.js';
import { howToCall, shellWord } from '../ui/how-to-call.js';
import { interruptible } from '../ui/interrupt.js';
import type { Io } from '../ui/io.js';
import { modelConfig } from './config.js';
import type { CompleteTrainConfig } from './presets.js';
import {
  type RunOrigin,
  readRunState,
  removeRunFolder,
  requireFreshFolder,
  startRunFolder,
} from './run-folder.js';
import { trainingFolder, trainModel } from './train-model.js';
import { trainTokenizer } from './train-tokenizer.js';

export interface TrainRequest extends BackendFlags, TokenCacheFlags {
  readonly out: string;
  readonly corpus?: string;
  /** Null to go on with what is in `out`. */
  readonly config: CompleteTrainConfig | null;
  /** With `config`, which is the other run's but for its end; corpus and tokenizer are the other run's. */
  readonly from?: RunOrigin;
}

export interface TrainRunResult {
  readonly folder: string;
  readonly steps: number;
  readonly validation: Evaluation;
  readonly kernel: { readonly backend: string; readonly isa: string; readonly threads: number };
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

/** Codes with which `Trainer.fork` says that there is nothing to go on from, or not so. */
const refusals: ReadonlySet<string> = new Set(['RUN_MISMATCH', 'FILE_NOT_FOUND']);

/** A checked configuration and corpus: of a new run, or of the one in the folder. */
async function plan(request: TrainRequest) {
  if (request.config) {
    await requireFreshFolder(request.out);
    const { corpus: path } = request;
    const corpus = path === undefined ? null : path === standardInput ? path : resolve(path);
    return { fresh: true, corpus, config: request.config, from: request.from };
  }
  const { corpus, config, from } = await readRunState(request.out);
  return { fresh: false, corpus, config, from };
}

/** Trains a model into a folder, or goes on with one. Throws `ABORTED`, saying how to go on, after a clean stop. */
export async function runTraining(io: Io, request: TrainRequest): Promise<TrainRunResult> {
  const { fresh, corpus: path, config, from } = await plan(request);
  // Before minutes are spent on the corpus.
  modelConfig(config);
  const { seed, sequenceLength } = parseTrainingOptions(config.training, 'training.');
  const folder = resolve(request.out);
  const backend = await openBackend(request);
  try {
    const { name, isa, threads } = backend.info;
    io.note(`Kernel: ${name} (${isa}), threads ${threads}`);
    return await interruptible(io, 'Stopping after this step.', async (signal) => {
      const { validationFraction } = config;
      const { title, tokenizer, corpus } = await withCorpusText(
        io,
        path ?? undefined,
        signal,
        async (text) => {
          const wanted = fresh ? config.tokenizer : { path: join(folder, 'tokenizer.json') };
          const tokenizer = await openTokenizer(io, wanted, text, signal);
          const how = { tokenizer, sequenceLength, validationFraction, seed, signal };
          return { title: text.title, tokenizer, corpus: await packText(io, text, request, how) };
        },
      );
      io.note(
        `Corpus: ${title}: ${count(corpus.train.count)} sequences of ${sequenceLength} tokens, ${count(corpus.validation.count)} held out`,
      );
      const model = modelConfig(config, tokenizer);
      if (fresh) {
        const state = { kind: 'lookupffn-run', version: 1, corpus: path, config, from } as const;
        await startRunFolder(folder, state, tokenizer.toJSON());
      }
      const training = trainModel(
        io,
        {
          title: model.ffn.kind === 'lookup' ? 'LookupFFN' : 'Dense FFN',
          folder,
          backend,
          corpus,
          tokenizer,
          config: model,
          options: config.training,
          from,
          data: { corpus: path, corpusHash: corpus.hash, sequenceLength, validationFraction, seed },
        },
        signal,
      );
      const result = await training.catch(async (error) => {
        // A run that cannot branch off has not begun; what stands in the folder would only be in the way.
        const begun = !from || !isLookupFfnError(error) || !refusals.has(error.code);
        if (fresh && !begun) await removeRunFolder(folder, trainingFolder(folder));
        throw error;
      });
      if (result.status === 'interrupted') {
        throw new LookupFfnError(
          'ABORTED',
          `Stopped at step ${count(result.step)} of ${count(result.steps)}. Go on with: ${howToCall()} train --resume --out ${shellWord(request.out)}`,
        );
      }
      return {
        folder,
        steps: result.steps,
        validation: result.validation!,
        kernel: { backend: name, isa, threads },
      };
    });
  } finally {
    backend.dispose();
  }
}
