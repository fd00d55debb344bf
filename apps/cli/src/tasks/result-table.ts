import type { MetricName, TaskMethod, TaskResult } from '@lookupffn/train';
import { count } from '../ui/format.js';
import type { Io } from '../ui/io.js';
import { table } from '../ui/table.js';

const titles: Readonly<Record<MetricName, string>> = {
  accuracy: 'Accuracy',
  f1: 'F1',
  macroF1: 'Macro F1',
  matthews: 'Matthews correlation',
  pearson: 'Pearson correlation',
  spearman: 'Spearman correlation',
};

const methods: Readonly<Record<TaskMethod, string>> = {
  head: "the model's own head",
  cosine: 'cosine of pooled embeddings',
  probe: 'a linear probe on frozen embeddings',
};

/** What a task's evaluation prints. */
export function resultTable(io: Io, result: TaskResult, kernel: string): string {
  const metrics = Object.entries(result.metrics) as [MetricName, number][];
  return table(
    ['', ''],
    [
      ...metrics.map(([metric, value]) => [titles[metric], value.toFixed(4)]),
      ['Measured by', methods[result.method]],
      ['Test examples', count(result.examples)],
      ['Kernel', kernel],
    ],
    io.colours,
    ['left', 'left'],
  ).trimStart();
}
