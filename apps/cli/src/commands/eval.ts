import { LookupFfnError, type TableDtype } from '@lookupffn/core';
import { maxSequenceLength } from '@lookupffn/roberta';
import { loadModelFolder } from '@lookupffn/roberta/node';
import { openTokenizer } from '@lookupffn/server';
import { type Corpus, type Evaluation, evaluate, type TokenSequences, tableHealth } from '@lookupffn/train';
import { type Command, Option } from 'commander';
import { withCorpusText } from '../corpus/corpus-text.js';
import { packText } from '../corpus/pack-text.js';
import { type TokenCacheFlags, withTokenCacheFlags } from '../corpus/token-cache.js';
import { whole } from '../flags.js';
import { requireModelFolder } from '../model/open-fill-mask.js';
import { hasTask, withTaskFlags } from '../tasks/open-task.js';
import { readDataRecipe } from '../training/data-recipe.js';
import { openBackend, withBackendFlags } from '../ui/backend-flags.js';
import { count } from '../ui/format.js';
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
  readonly corpus: Corpus;
  readonly parts: readonly TokenSequences[];
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
  const path = flags.corpus ?? recipe?.corpus ?? undefined;
  const { text, corpus } = await withCorpusText(io, path, signal, async (text) => ({
    corpus: await packText(io, text, flags, {
      tokenizer,
      sequenceLength: flags.sequence ?? recipe?.sequenceLength ?? length,
      ...(recipe ? { validationFraction: recipe.validationFraction, seed: recipe.seed } : {}),
      signal,
    }),
    text,
  }));
  const tokensPerByte = corpus.tokens / text.bytes;
  if (!recipe) return { title: text.title, tokensPerByte, corpus, parts: [corpus.train, corpus.validation] };
  const sameLength = corpus.train.sequenceLength === recipe.sequenceLength;
  if (sameLength && corpus.hash !== recipe.corpusHash) {
    throw new LookupFfnError(
      'RUN_MISMATCH',
      `${text.title} is not the text that ${folder} was trained on, so its held-out documents are unknown. Give the text to evaluate on with --corpus.`,
    );
  }
  const title = `held-out documents of ${text.title}`;
  return { title, tokensPerByte, corpus, parts: [corpus.validation] };
}

/** Mean over the masked tokens of all parts. */
function pool(results: readonly Evaluation[]): Evaluation {
  const sum = (value: (e: Evaluation) => number) => results.reduce((total, e) => total + value(e), 0);
  const maskedTokens = sum((e) => e.maskedTokens);
  return {
    logPerplexity: sum((e) => e.logPerplexity * e.maskedTokens) / maskedTokens,
    accuracy: sum((e) => e.accuracy * e.maskedTokens) / maskedTokens,
    maskedTokens,
    sequences: sum((e) => e.sequences),
  };
}

async function evalAction(io: Io, folder: string, flags: EvalFlags, signal: AbortSignal): Promise<void> {
  requireModelFolder(folder);
  if (hasTask(flags)) return evalTask(io, folder, flags, signal);
  const model = await loadModelFolder(folder);
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
    const results: Evaluation[] = [];
    let left = flags.sequences ?? Number.POSITIVE_INFINITY;
    for (const sequences of data.parts) {
      if (left <= 0) break;
      results.push(
        await evaluate({
          model,
          backend,
          sequences,
          precision: { tableDtype: flags.dtype },
          seed: flags.seed,
          ...(Number.isFinite(left) ? { maxSequences: left } : {}),
          signal,
          onProgress: (done, total) =>
            io.progress.update(() => `evaluating: ${count(done)} of ${count(total)} sequences`),
        }),
      );
      left -= results.at(-1)!.sequences;
    }
    const result = pool(results);
    const bitsPerByte = (result.logPerplexity / Math.LN2) * data.tokensPerByte;
    io.progress.update(() => 'looking at the tables');
    const tables = await tableHealth({ model, backend, sequences: data.parts[0]!, signal });
    const { name, isa, threads } = backend.info;
    io.document({
      model: folder,
      corpus: data.title,
      sequenceLength: data.corpus.train.sequenceLength,
      kernel: { backend: name, isa, threads },
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
          ['Masked words guessed right', `${(result.accuracy * 100).toFixed(2)}%`],
          ['Masked tokens', count(result.maskedTokens)],
          ['Sequences', count(result.sequences)],
          ['Text', data.title],
          ['Kernel', `${name} (${isa}), threads ${threads}`],
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
