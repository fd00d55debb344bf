import { resolveFactory } from '@lookupffn/auto';
import { LookupFfnError, type TableDtype } from '@lookupffn/core';
import { Session } from '@lookupffn/roberta';
import { evaluateTask, type MetricName, readTask, type TaskMethod, type TaskName } from '@lookupffn/train';
import { openTokenizer } from '../model/open-fill-mask.js';
import { type BackendFlags, resolveOptions } from '../ui/backend-flags.js';
import { count } from '../ui/format.js';
import type { Io } from '../ui/io.js';
import { table } from '../ui/table.js';

export interface EvalTaskFlags extends BackendFlags {
  readonly task?: TaskName;
  readonly data?: string;
  readonly dtype?: TableDtype;
}

const titles: Readonly<Record<MetricName, string>> = {
  accuracy: 'Accuracy',
  f1: 'F1',
  matthews: 'Matthews correlation',
  pearson: 'Pearson correlation',
  spearman: 'Spearman correlation',
};

const methods: Readonly<Record<TaskMethod, string>> = {
  head: "the model's own head",
  cosine: 'cosine of pooled embeddings',
  probe: 'a linear probe on frozen embeddings',
};

/** `lookupffn eval --task`: the score of a model on a task's test examples. */
export async function evalTask(
  io: Io,
  folder: string,
  flags: EvalTaskFlags,
  signal: AbortSignal,
): Promise<void> {
  const { task: name, data } = flags;
  if (name === undefined || data === undefined) {
    throw new LookupFfnError('INVALID_ARGUMENT', '--task needs --data, the folder with its files.');
  }
  const task = await readTask(name, data);
  const tokenizer = await openTokenizer(folder);
  const session = await Session.create({
    model: folder,
    backend: await resolveFactory(resolveOptions(flags)),
    threads: flags.threads,
    tableDtype: flags.dtype,
    ...(flags.dtype === 'int8' ? { linearDtype: 'int8' } : {}),
  });
  try {
    const result = await evaluateTask(session, tokenizer, task, {
      signal,
      onProgress: (done, total) =>
        io.progress.update(() => `${name}: ${count(done)} of ${count(total)} texts`),
    });
    const { backend, isa, threads, dtypes } = session.info;
    io.document({ model: folder, task: name, ...result, kernel: { backend, isa, threads, dtypes } });
    const metrics = Object.entries(result.metrics) as [MetricName, number][];
    io.print(
      table(
        ['', ''],
        [
          ...metrics.map(([metric, value]) => [titles[metric], value.toFixed(4)]),
          ['Measured by', methods[result.method]],
          ['Test examples', count(result.examples)],
          ['Kernel', `${backend} (${isa}), threads ${threads}, ${dtypes.join(' and ')}`],
        ],
        io.colours,
        ['left', 'left'],
      ).trimStart(),
    );
  } finally {
    await session.dispose();
  }
}
