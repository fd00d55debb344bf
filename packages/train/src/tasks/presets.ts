import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LookupFfnError } from '@lookupffn/core';
import { type Columns, type Example, readExamples } from './examples.js';

export type MetricName = 'accuracy' | 'f1' | 'macroF1' | 'matthews' | 'pearson' | 'spearman';

/** What a task asks of a model: classes or scores, of texts or of pairs. */
export interface Task {
  /** `regression`: scores; without a head a pair's score is the cosine of its embeddings. */
  readonly kind: 'classification' | 'regression';
  /** The first is the one to compare by. `f1` is that of class 1; where there are more than two, `macroF1` in its place. */
  readonly metrics: readonly MetricName[];
  readonly train: readonly Example[];
  readonly test: readonly Example[];
}

interface Preset extends Pick<Task, 'kind' | 'metrics'> {
  /** Places in which publishers put the files, the likeliest first; all of the first complete one are read. */
  readonly layouts: readonly { train: readonly string[]; test: readonly string[]; columns: Columns }[];
}

/** GLUE's tasks, in the layout of GLUE's archive and in that of each task's own publisher. */
const presets = {
  sst2: {
    kind: 'classification',
    metrics: ['accuracy'],
    layouts: [{ train: ['train.tsv'], test: ['dev.tsv'], columns: { text: 'sentence', label: 'label' } }],
  },
  cola: {
    kind: 'classification',
    metrics: ['matthews', 'accuracy'],
    layouts: [
      {
        train: ['in_domain_train.tsv'],
        test: ['in_domain_dev.tsv', 'out_of_domain_dev.tsv'],
        columns: { text: 3, label: 1 },
      },
      { train: ['train.tsv'], test: ['dev.tsv'], columns: { text: 3, label: 1 } },
    ],
  },
  mrpc: {
    kind: 'classification',
    metrics: ['f1', 'accuracy'],
    layouts: [
      {
        train: ['msr_paraphrase_train.txt'],
        test: ['msr_paraphrase_test.txt'],
        columns: { text: '#1 String', pair: '#2 String', label: 'Quality' },
      },
      {
        train: ['train.tsv'],
        test: ['dev.tsv'],
        columns: { text: '#1 String', pair: '#2 String', label: 'Quality' },
      },
    ],
  },
  stsb: {
    kind: 'regression',
    metrics: ['spearman', 'pearson'],
    layouts: [
      {
        train: ['stsb-en-train.csv'],
        test: ['stsb-en-test.csv'],
        columns: { text: 0, pair: 1, label: 2 },
      },
      {
        train: ['train.tsv'],
        test: ['dev.tsv'],
        columns: { text: 'sentence1', pair: 'sentence2', label: 'score' },
      },
    ],
  },
} as const satisfies Record<string, Preset>;

export type TaskName = keyof typeof presets;

export const taskNames = Object.keys(presets) as TaskName[];

/** Reads a GLUE task from its folder. Throws `FILE_NOT_FOUND` naming the files looked for, else as `readExamples`. */
export async function readTask(name: TaskName, folder: string): Promise<Task> {
  const { kind, metrics, layouts }: Preset = presets[name];
  const layout = layouts.find(({ train, test }) =>
    [...train, ...test].every((file) => existsSync(join(folder, file))),
  );
  if (!layout) {
    const wanted = layouts.map(({ train, test }) => [...train, ...test].join(', ')).join('; or ');
    throw new LookupFfnError('FILE_NOT_FOUND', `${folder} is no folder of ${name}: it needs ${wanted}.`, {
      path: folder,
      task: name,
    });
  }
  const labels = { classes: kind === 'classification' };
  const read = async (files: readonly string[]) =>
    (await Promise.all(files.map((file) => readExamples(join(folder, file), layout.columns, labels)))).flat();
  return { kind, metrics, train: await read(layout.train), test: await read(layout.test) };
}
