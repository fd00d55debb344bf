import { resolveFactory } from '@lookupffn/auto';
import { LookupFfnError, type TableDtype } from '@lookupffn/core';
import { Session } from '@lookupffn/roberta';
import { openTokenizer } from '@lookupffn/server';
import { evaluateTask } from '@lookupffn/train';
import { kernelText } from '../model/kernel.js';
import { readConfig } from '../model/read-config.js';
import { openTask, type TaskFlags } from '../tasks/open-task.js';
import { resultTable } from '../tasks/result-table.js';
import { type BackendFlags, resolveOptions } from '../ui/backend-flags.js';
import { count } from '../ui/format.js';
import type { Io } from '../ui/io.js';

export interface EvalTaskFlags extends BackendFlags, TaskFlags {
  readonly dtype?: TableDtype;
}

/** `lookupffn eval --task`: the score of a model on a task's test examples. */
export async function evalTask(
  io: Io,
  folder: string,
  flags: EvalTaskFlags,
  signal: AbortSignal,
): Promise<void> {
  const config = await readConfig(folder);
  const task = await openTask(flags, config);
  if (task.test.length === 0)
    throw new LookupFfnError('INVALID_ARGUMENT', 'Give --test-file, what to measure on.');
  if (
    config.head !== 'sequence-classification' &&
    task.kind === 'classification' &&
    task.train.length === 0
  ) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      'This model has no classification head, so a probe is fitted to its embeddings: give --train-file too.',
    );
  }
  const tokenizer = await openTokenizer(folder);
  const session = await Session.create({
    model: folder,
    backend: await resolveFactory(resolveOptions(flags)),
    threads: flags.threads,
    // All of them said: what is left out is a tuning's to choose, and the score would be another model's.
    tableDtype: flags.dtype,
    linearDtype: flags.dtype === 'int8' ? 'int8' : 'f32',
    projectionDtype: 'f32',
  });
  try {
    const name = flags.task ?? 'texts';
    const result = await evaluateTask(session, tokenizer, task, {
      signal,
      onProgress: (done, total) =>
        io.progress.update(() => `${name}: ${count(done)} of ${count(total)} texts`),
    });
    const { backend, isa, threads, dtypes } = session.info;
    io.document({ model: folder, task: name, ...result, kernel: { backend, isa, threads, dtypes } });
    io.print(resultTable(io, result, `${kernelText(session.info)}, ${dtypes.join(' and ')}`));
  } finally {
    await session.dispose();
  }
}
