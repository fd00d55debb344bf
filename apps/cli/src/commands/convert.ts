import { join } from 'node:path';
import { resolveFactory } from '@lookupffn/auto';
import { writeJsonFile, writeTextFile } from '@lookupffn/core/node';
import { loadModelFolder, saveModelFolder } from '@lookupffn/roberta/node';
import { openTokenizer } from '@lookupffn/server';
import { type ConvertOptions, convertDefaults, convertModel, heldOutTexts } from '@lookupffn/train';
import { type Command, InvalidArgumentError } from 'commander';
import { int8Cosine } from '../convert/int8-cosine.js';
import { conversionPage } from '../convert/report-page.js';
import { measureSpeed } from '../convert/speed.js';
import { readSequences } from '../convert/texts.js';
import { requireOutside } from '../corpus/require-outside.js';
import { listOf, real, whole } from '../flags.js';
import { kernelOf } from '../model/kernel.js';
import { inNewModelFolder } from '../model/new-model-folder.js';
import { requireModelFolder } from '../model/open-fill-mask.js';
import { type BackendFlags, resolveOptions, withBackendFlags } from '../ui/backend-flags.js';
import { count, percent } from '../ui/format.js';
import { interruptible } from '../ui/interrupt.js';
import type { Io } from '../ui/io.js';
import { table } from '../ui/table.js';
import { newCommand } from './command.js';

type ConvertFlags = BackendFlags &
  Omit<ConvertOptions, 'block' | 'read'> & {
    readonly output: string;
    readonly data: string;
    readonly keepBudget?: boolean;
  };

function parseLayers(text: string): ConvertOptions['layers'] {
  if (text === 'all' || text === 'auto') return text;
  try {
    return listOf(whole({ min: 0 }))(text);
  } catch {
    throw new InvalidArgumentError('It must be all, auto, or layers from 0 like 0,1,5.');
  }
}

/** `lookupffn convert`: a dense model's FFNs become look-ups. */
export function convertCommand(io: Io): Command {
  const positive = whole({ min: 1 });
  const command = newCommand(
    'convert',
    "Replace a dense model's FFNs by look-ups, and report what that costs.",
    [
      'lookupffn convert models/minilm --data texts.txt -o runs/minilm',
      'lookupffn convert models/minilm --data texts.txt -o runs/minilm --layers auto --max-loss 0.05 --budget-steps 100',
      'lookupffn convert models/minilm --data texts.txt -o runs/two --layers 2,5 --distil-steps 0',
    ],
  )
    .argument('<model>', 'folder of a dense model')
    .requiredOption(
      '-o, --output <folder>',
      'where the converted model goes; the same command goes on after a stop',
    )
    .requiredOption('--data <path>', 'a text file or a folder of them, a sentence or paragraph a line')
    .option(
      '--layers <which>',
      'all, auto (as many as --max-loss allows) or a list like 0,1,5',
      parseLayers,
      convertDefaults.layers,
    )
    .option(
      '--max-loss <share>',
      'how far the mean cosine may fall below 1, after --budget-steps: what auto converts, and the report suggests',
      real({ min: 0, max: 2 }),
      convertDefaults.maxLoss,
    )
    .option('--tables <n>', 'tables a layer', positive, convertDefaults.tables)
    .option('--bits <n>', 'bits a table', whole({ min: 1, max: 16 }), convertDefaults.bits)
    .option(
      '--tokens <n>',
      'tokens of text to fit layers on; distillation uses all',
      positive,
      convertDefaults.tokens,
    )
    .option(
      '--steps <n>',
      'most steps a layer; it stops earlier without gain',
      positive,
      convertDefaults.steps,
    )
    .option(
      '--distil-steps <n>',
      'steps of the whole model towards the dense one',
      whole({ min: 0 }),
      convertDefaults.distilSteps,
    )
    .option(
      '--distil-batch-tokens <n>',
      'tokens a step of distillation',
      whole({ min: 32 }),
      convertDefaults.distilBatchTokens,
    )
    .option(
      '--distil-learning-rate <rate>',
      'peak rate of the distillation',
      real({ min: 0 }),
      convertDefaults.distilLearningRate,
    )
    .option(
      '--logit-weight <weight>',
      "of what the model's head makes of the texts, in distillation; 0: hidden states and embeddings alone",
      real({ min: 0 }),
      convertDefaults.logitWeight,
    )
    .option(
      '--temperature <t>',
      "softens the head's distributions in distillation",
      real({ min: 0.1 }),
      convertDefaults.temperature,
    )
    .option(
      '--budget-steps <n>',
      'steps of distillation at each number of layers, for the curve of what a further layer costs',
      whole({ min: 0 }),
      convertDefaults.budgetSteps,
    )
    .option(
      '--keep-budget',
      'save the model at each number of layers too, as budget/<n> and budget/<n>-affine in the output',
    )
    .option('--no-baseline', 'leave affine-only models undistilled; that takes half of the time')
    .option(
      '--batch-tokens <n>',
      "tokens a step of a layer's fit",
      whole({ min: 32 }),
      convertDefaults.batchTokens,
    )
    .option('--learning-rate <rate>', "of a layer's fit", real({ min: 0 }), convertDefaults.learningRate)
    .option(
      '--table-learning-rate <factor>',
      'multiplies the rate of the tables',
      real({ min: 0 }),
      convertDefaults.tableLearningRate,
    )
    .option('--seed <n>', 'of projections and batches', whole({ min: 0 }), convertDefaults.seed);
  return withBackendFlags(command).action((folder: string, flags: ConvertFlags) =>
    interruptible(io, 'Stopping; the same command goes on.', (signal) =>
      convertAction(io, folder, flags, signal),
    ),
  );
}

async function convertAction(
  io: Io,
  folder: string,
  flags: ConvertFlags,
  signal: AbortSignal,
): Promise<void> {
  requireModelFolder(folder);
  requireOutside(flags.output, flags.data, '-o');
  await inNewModelFolder(flags.output, () => convertInFolder(io, folder, flags, signal));
}

async function convertInFolder(
  io: Io,
  folder: string,
  flags: ConvertFlags,
  signal: AbortSignal,
): Promise<void> {
  const { output, data, backend: name, threads, keepBudget, ...options } = flags;
  const model = await loadModelFolder(folder);
  const tokenizer = await openTokenizer(folder);
  const distilled = Math.max(options.distilSteps, options.budgetSteps) * options.distilBatchTokens;
  const wanted = Math.max(options.tokens, distilled);
  const sequences = await readSequences(data, tokenizer, model.config, wanted, options.seed, signal);
  const factory = await resolveFactory(resolveOptions({ backend: name, threads }));
  const backend = await factory.create({ threads });
  const kernel = kernelOf(backend.info);
  const tokenizerJson = model.tokenizerJson ?? tokenizer.toJSON();
  const conversion = await convertModel({
    model,
    backend,
    sequences,
    folder: join(output, 'conversion'),
    options,
    signal,
    onProgress: (what, done, total) => io.progress.update(() => `${what}, ${count(done)} of ${count(total)}`),
    ...(keepBudget && {
      onBudgetModel: (kind, { length }, point) =>
        saveModelFolder(join(output, 'budget', kind === 'lookup' ? `${length}` : `${length}-affine`), {
          ...point,
          tokenizerJson,
        }),
    }),
  }).finally(() => backend.dispose());
  const { report } = conversion;
  const speed = await measureSpeed(factory, threads, model, conversion.model, signal);
  const held = sequences.slice(0, heldOutTexts);
  const int8 = await int8Cosine(factory, threads, model, conversion.model, held, signal);
  const result = { kernel, ...report, int8, speed };
  await saveModelFolder(join(output, 'affine-only'), { ...conversion.affineOnly, tokenizerJson });
  await writeJsonFile(join(output, 'report.json'), { model: folder, ...result });
  await writeTextFile(
    join(output, 'report.html'),
    conversionPage({ model: folder, data, kernel, report, int8, speed, options }),
  );
  // Last, for a folder with a config.json is a finished one.
  await saveModelFolder(output, { ...conversion.model, tokenizerJson });
  io.document({ output, ...result });
  io.print(
    table(
      ['Layer', 'Affine alone leaves', 'Look-ups leave', 'Cosine up to here'],
      report.layers.map(({ layer, affine, fitted }, i) => [
        String(layer),
        percent(affine.share, 2),
        percent(fitted.share, 2),
        report.budget[i]!.lookup.toFixed(4),
      ]),
      io.colours,
    ).trimStart(),
  );
  io.print(
    `Converted layers ${report.chosen.join(', ') || 'none'}; cosine with the dense model's embeddings ${report.distilled.lookup.toFixed(4)}, of affine maps alone ${report.distilled.affine.toFixed(4)}.`,
  );
  io.print(`In int8 (a pipeline's dtype), tables and all dense weights: cosine ${int8.toFixed(4)}.`);
  const { maxLoss, budgetSteps } = options;
  const when = budgetSteps === 0 ? 'before distillation' : `after ${budgetSteps} steps of distillation`;
  io.print(
    `A cosine of at least ${(1 - maxLoss).toFixed(2)} ${when} suggests layers ${report.suggested.join(', ') || 'none'}.`,
  );
  io.print(`Model and report.html: ${output}`);
}
