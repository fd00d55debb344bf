import { LookupFfnError, type TableDtype } from '@lookupffn/core';
import { maxSequenceLength, type RobertaConfig } from '@lookupffn/roberta';
import { loadModelFolder } from '@lookupffn/roberta/node';
import { openTokenizer } from '@lookupffn/server';
import { evaluate, type TokenSequences, tableHealth } from '@lookupffn/train';
import { type Command, Option } from 'commander';
import { withCorpusText } from '../corpus/corpus-text.js';
import { packText } from '../corpus/pack-text.js';
import { type TokenCacheFlags, withTokenCacheFlags } from '../corpus/token-cache.js';
import { whole } from '../flags.js';
import { kernelOf, kernelText } from '../model/kernel.js';
import { requireModelFolder } from '../model/open-fill-mask.js';
import { hasTask, withTaskFlags } from '../tasks/open-task.js';
import { readDataRecipe } from '../training/data-recipe.js';
import { openBackend, withBackendFlags } from '../ui/backend-flags.js';
import { count, percent } from '../ui/format.js';
import { interruptible } from '../ui/interrupt.js';
import type { Io } from '../ui/io.js';
import { table } from '../ui/table.js';
import { tablesText } from '../ui/tables-text.js';
import { newCommand } from './command.js';
import { type EvalTaskFlags, evalTask } from './eval-task.js';

interface EvalFlags extends EvalTaskFlags, TokenCacheFlags {
  readonly corpus?: string;
  readonly sequence?: number;
  readonly sequences?: number;
  readonly seed: number;
  readonly dtype: TableDtype;
}

const dtypes: readonly TableDtype[] = ['f32', 'bf16', 'f16', 'int8', 'int4'];

/** `lookupffn eval`. */
export function evalCommand(io: Io): Command {
  const command = newCommand('eval', 'Measure how well a model predicts masked words, or does a task.', [
    'lookupffn eval runs/demo/lookup                       on the documents held out when it was trained',
    'lookupffn eval runs/demo/lookup --corpus other.txt    on all of another text',
    'lookupffn eval runs/demo/lookup --dtype int8          what smaller tables cost',
    'lookupffn eval models/minilm --task stsb --data glue/stsb   a GLUE task, from its files',
  ])
    .argument('<model>', 'folder of a trained model')
    .option('--corpus <path>', 'a text file or a folder of them, used whole')
    .option(
      '--sequence <n>',
      'tokens a sequence (default: as in training, or what the model takes)',
      whole({ min: 4, max: 1 << 20 }),
    )
    .option('--sequences <n>', 'only the first so many sequences', whole({ min: 1 }))
    .option('--seed <n>', 'chooses the masks', whole({ min: 0 }), 0)
    .addOption(
      new Option('--dtype <type>', 'how tables are kept; int8: with --task dense weights too')
        .choices(dtypes)
        .default('f32'),
    );
  withTaskFlags(command);
  withTokenCacheFlags(command);
  return withBackendFlags(command).action((folder: string, flags: EvalFlags) =>
    interruptible(io, 'Stopping.', (signal) => evalAction(io, folder, flags, signal)),
  );
}

interface EvalData {
  readonly title: string;
  /** Tokens of the whole text over its UTF-8 bytes. */
  readonly tokensPerByte: number;
  readonly sequences: TokenSequences;
}

/** The held-out part of the text that the model was trained on, or all of another. */
async function openData(
  io: Io,
  folder: string,
  length: number,
  flags: EvalFlags,
  signal: AbortSignal,
): Promise<EvalData> {
  const recipe = flags.corpus === undefined ? await readDataRecipe(folder) : null;
  const tokenizer = await openTokenizer(folder);
  return withCorpusText(io, flags.corpus ?? recipe?.corpus ?? undefined, signal, async (text) => {
    const pack = (sequenceLength: number) =>
      packText(io, text, flags, {
        ...{ tokenizer, sequenceLength, signal },
        ...(recipe ? { validationFraction: recipe.validationFraction, seed: recipe.seed } : { whole: true }),
      });
    let corpus = await pack(recipe?.sequenceLength ?? flags.sequence ?? length);
    const tokensPerByte = corpus.tokens / text.bytes;
    if (!recipe) return { title: text.title, tokensPerByte, sequences: corpus.train };
    if (corpus.hash !== recipe.corpusHash) {
      throw new LookupFfnError(
        'RUN_MISMATCH',
        `${text.title} is not the text that ${folder} was trained on, so its held-out documents are unknown. Give the text to evaluate on with --corpus.`,
      );
    }
    // Known by the length of training; the same documents are held out at every length.
    if (flags.sequence !== undefined && flags.sequence !== recipe.sequenceLength) {
      corpus.close?.();
      corpus = await pack(flags.sequence);
    }
    const title = `held-out documents of ${text.title}`;
    return { title, tokensPerByte, sequences: corpus.validation };
  });
}

/** Before a corpus is tokenised for nothing. */
function requireLanguageModel(folder: string, { head }: RobertaConfig): void {
  if (head === 'masked-lm') return;
  const has = head === 'none' ? 'no head' : `a ${head} head`;
  throw new LookupFfnError(
    'INVALID_ARGUMENT',
    `The model in ${folder} has ${has}, so it cannot predict masked words. Measure it on a task: give --task with --data, or --test-file.`,
    { head },
  );
}

async function evalAction(io: Io, folder: string, flags: EvalFlags, signal: AbortSignal): Promise<void> {
  requireModelFolder(folder);
  if (hasTask(flags)) {
    if (flags.corpus !== undefined) {
      throw new LookupFfnError(
        'INVALID_ARGUMENT',
        '--corpus is for predicting masked words, the other flags name a task. Give one or the other.',
      );
    }
    return evalTask(io, folder, flags, signal);
  }
  const model = await loadModelFolder(folder);
  // Not by config.json alone: published encoders name the head that they were pretrained with, and have none.
  requireLanguageModel(folder, model.config);
  const limit = maxSequenceLength(model.config);
  if (flags.sequence !== undefined && flags.sequence > limit) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `--sequence is ${flags.sequence}; the model in ${folder} takes at most ${limit} tokens. Give --sequence ${limit} or less.`,
    );
  }
  const data = await openData(io, folder, Math.min(limit, 512), flags, signal);
  const backend = await openBackend(flags);
  try {
    const precision = { tableDtype: flags.dtype };
    const { sequences } = data;
    const result = await evaluate({
      ...{ model, backend, sequences, precision, signal },
      seed: flags.seed,
      ...(flags.sequences === undefined ? {} : { maxSequences: flags.sequences }),
      onProgress: (done, total) =>
        io.progress.update(() => `evaluating: ${count(done)} of ${count(total)} sequences`),
    });
    const bitsPerByte = (result.logPerplexity / Math.LN2) * data.tokensPerByte;
    io.progress.update(() => 'looking at the tables');
    const tables = await tableHealth({ model, backend, precision, sequences, signal });
    const kernel = kernelOf(backend.info);
    io.document({
      model: folder,
      corpus: data.title,
      sequenceLength: sequences.sequenceLength,
      kernel,
      dtype: flags.dtype,
      perplexity: Math.exp(result.logPerplexity),
      bitsPerByte,
      ...result,
      tables,
    });
    io.print(
      table(
        ['', ''],
        [
          ['Log perplexity', result.logPerplexity.toFixed(4)],
          ['Perplexity', Math.exp(result.logPerplexity).toFixed(2)],
          ['Bits per byte', bitsPerByte.toFixed(4)],
          ['Masked words guessed right', percent(result.accuracy, 2)],
          ['Masked tokens', count(result.maskedTokens)],
          ['Sequences', count(result.sequences)],
          ['Text', data.title],
          ['Kernel', kernelText(kernel)],
        ],
        io.colours,
        ['left', 'left'],
      ).trimStart(),
    );
    if (tables.layers.length > 0) io.print(`\n${tablesText(tables, io.colours)}`);
  } finally {
    backend.dispose();
  }
}
