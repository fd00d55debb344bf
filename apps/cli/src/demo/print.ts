import { relative } from 'node:path';
import { type DemoReport, type FilledWord, modelTitles } from '../report/report.js';
import { comparisonRows } from '../report/rows.js';
import { percent } from '../ui/format.js';
import { howToCall, shellWord } from '../ui/how-to-call.js';
import type { Io } from '../ui/io.js';
import { table } from '../ui/table.js';

function comparison(io: Io, report: DemoReport): string {
  const rows = comparisonRows(report).map((row) => [row.title, row.dense, row.lookup, row.comparison]);
  return table(['', modelTitles.dense, modelTitles.lookup, 'LookupFFN against dense'], rows, io.colours);
}

const guess = (words: readonly FilledWord[], i: number): string => {
  const word = words[i];
  return word ? `${word.word.trim()} ${percent(word.probability, 0)}` : '';
};

function masks(io: Io, report: DemoReport): string[] {
  const { colours } = io;
  if (report.masks.length === 0) {
    return ['No held-out sentence was fit for hiding a word in; a larger corpus has some.'];
  }
  return report.masks.flatMap(({ before, after, answer, dense, lookup }) => [
    '',
    `${before}${colours.bold(`[${answer}]`)}${after}`,
    table(
      [modelTitles.dense, modelTitles.lookup],
      dense.map((_, i) => [guess(dense, i), guess(lookup, i)]),
      colours,
      ['left', 'left'],
    ).replace(/^/gm, '  '),
  ]);
}

/** The end of the demo on a terminal: the table, the hidden words, and where everything is. */
export function printReport(io: Io, report: DemoReport, folder: string): void {
  const place = relative(process.cwd(), folder) || '.';
  const shown = place.startsWith('..') ? folder : place;
  io.print(
    [
      '',
      comparison(io, report),
      '',
      `${report.training.steps} steps of ${report.training.batch} x ${report.training.sequence} tokens each.`,
      ...(report.training.note ? [report.training.note] : []),
      '',
      'Hidden words of held-out sentences, and what each model would put there:',
      ...masks(io, report),
      '',
      `Report: ${shown}/report.html (also report.json). Models: ${shown}/dense, ${shown}/lookup.`,
      `Try:    ${howToCall()} fill-mask ${shellWord(`${shown}/lookup`)} "We must <mask> our country."`,
    ].join('\n'),
  );
}
