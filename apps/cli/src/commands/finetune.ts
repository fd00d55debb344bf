import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { resolveFactory } from '@lookupffn/auto';
import { LookupFfnError } from '@lookupffn/core';
import { Session } from '@lookupffn/roberta';
import { loadModelFolder, saveModelFolder } from '@lookupffn/roberta/node';
import { openTokenizer } from '@lookupffn/server';
import {
  bestFile,
  evaluateTask,
  type FinetuneEvaluation,
  type FinetuneOptions,
  finetune,
  finetuneDefaults,
} from '@lookupffn/train';
import type { Command } from 'commander';
import { real, share, whole } from '../flags.js';
import { kernelText } from '../model/kernel.js';
import { inNewModelFolder } from '../model/new-model-folder.js';
import { requireModelFolder } from '../model/open-fill-mask.js';
import { readConfig } from '../model/read-config.js';
import { openTask, type TaskFlags, withTaskFlags } from '../tasks/open-task.js';
import { resultTable } from '../tasks/result-table.js';
import { type BackendFlags, resolveOptions, withBackendFlags } from '../ui/backend-flags.js';
import { count } from '../ui/format.js';
import { interruptible } from '../ui/interrupt.js';
import type { Io } from '../ui/io.js';
import { newCommand } from './command.js';

type FinetuneFlags = BackendFlags & TaskFlags & FinetuneOptions & { readonly output: string };

/** `lookupffn finetune`: classes or scores of texts and pairs, with a dense or a look-up model. */
export function finetuneCommand(io: Io): Command {
  const d = finetuneDefaults;
  const command = newCommand(
    'finetune',
    'Train a model to tell classes of texts and pairs, or to score them.',
    [
      'lookupffn finetune runs/demo/lookup --task sst2 --data glue/sst2 -o runs/sst2',
      'lookupffn finetune models/minilm --train-file reviews.csv --test-file held-out.csv --text-column review -o runs/reviews',
      'lookupffn finetune models/minilm --task stsb --data glue/stsb -o runs/stsb --epochs 8 --validation-split 0.1',
    ],
  )
    .argument('<model>', 'folder of a model')
    .requiredOption(
      '-o, --output <folder>',
      'where the fine-tuned model goes; the same command goes on after a stop',
    );
  withTaskFlags(command)
    .option('--epochs <n>', 'times that each example is seen', whole({ min: 1 }), d.epochs)
    .option(
      '--max-steps <n>',
      'steps of the run, whatever the epochs; 0: by epochs',
      whole({ min: 0 }),
      d.maxSteps,
    )
    .option('--batch-size <n>', 'examples a step', whole({ min: 1 }), d.batchSize)
    .option('--learning-rate <rate>', 'at its peak', real({ min: 0 }), d.learningRate)
    .option('--weight-decay <rate>', 'of matrices and tables', real({ min: 0 }), d.weightDecay)
    .option(
      '--table-learning-rate <factor>',
      'multiplies the rate of tables',
      real({ min: 0 }),
      d.tableLearningRate,
    )
    .option(
      '--projection-learning-rate <factor>',
      'multiplies the rate of the projections that make the codes',
      real({ min: 0 }),
      d.projectionLearningRate,
    )
    .option(
      '--table-dropout <share>',
      'share of the look-ups left out in a step, for few examples',
      share,
      d.tableDropout,
    )
    .option(
      '--validation-split <share>',
      'share of the training examples held out to measure each epoch on; the best one is kept. 0: the last',
      share,
      d.validationSplit,
    )
    .option(
      '--max-length <n>',
      'tokens a text or pair; 0: what the model takes',
      whole({ min: 0 }),
      d.maxLength,
    )
    .option('--seed <n>', 'of a fresh head and of the order', whole({ min: 0 }), d.seed);
  return withBackendFlags(command).action((folder: string, flags: FinetuneFlags) =>
    interruptible(io, 'Stopping; the same command goes on.', (signal) =>
      finetuneAction(io, folder, flags, signal),
    ),
  );
}

/** An epoch's result on the examples held out. */
function evaluationLine({ epoch, metrics, best }: FinetuneEvaluation): string {
  const scores = Object.entries(metrics).map(([name, value]) => `${name} ${value.toFixed(4)}`);
  return `epoch ${Number(epoch.toFixed(2))}: ${scores.join(', ')} held out${best ? ', the best so far' : ''}`;
}

async function finetuneAction(
  io: Io,
  folder: string,
  flags: FinetuneFlags,
  signal: AbortSignal,
): Promise<void> {
  requireModelFolder(folder);
  if (flags.task === undefined && flags.data === undefined && flags.trainFile === undefined) {
    throw new LookupFfnError('INVALID_ARGUMENT', 'Give a --task with its --data, or a --train-file.');
  }
  await inNewModelFolder(flags.output, () => finetuneInFolder(io, folder, flags, signal));
}

async function finetuneInFolder(
  io: Io,
  folder: string,
  flags: FinetuneFlags,
  signal: AbortSignal,
): Promise<void> {
  const { output, threads } = flags;
  const task = await openTask(flags, await readConfig(folder));
  const model = await loadModelFolder(folder, { pooler: true });
  const tokenizer = await openTokenizer(folder);
  const tokenizerJson = model.tokenizerJson ?? tokenizer.toJSON();
  const factory = await resolveFactory(resolveOptions(flags));
  const backend = await factory.create({ threads });
  const checkpoint = join(output, 'finetune.safetensors');
  const evaluations: FinetuneEvaluation[] = [];
  const tuned = await finetune({
    model,
    backend,
    tokenizer,
    task,
    options: flags,
    checkpoint,
    signal,
    onProgress: ({ step, steps, loss }) =>
      io.progress.update(() => `step ${count(step)} of ${count(steps)}, loss ${loss.toFixed(4)}`),
    onEvaluation: (evaluation) => {
      evaluations.push(evaluation);
      io.note(evaluationLine(evaluation));
    },
  }).finally(() => backend.dispose());
  await saveModelFolder(output, { ...tuned, tokenizerJson });
  for (const file of [checkpoint, bestFile(checkpoint)]) await rm(file, { force: true });
  const validated = evaluations.length > 0 ? { evaluations } : {};
  if (task.test.length === 0) {
    io.document({ output, ...validated });
    io.print(`Model: ${output}`);
    return;
  }
  const session = await Session.create({ model: tuned, backend: factory, threads });
  try {
    const result = await evaluateTask(session, tokenizer, task, { signal });
    io.document({ output, ...result, ...validated });
    io.print(resultTable(io, result, kernelText(session.info)));
    io.print(`Model: ${output}`);
  } finally {
    await session.dispose();
  }
}
