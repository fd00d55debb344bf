import CliTable from 'cli-table3';
import type { Colours } from './colours.js';

export type Align = 'left' | 'right';

const frame = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** A plain table without rules, fit for a terminal, a log and a bug report. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  colours: Colours,
  align: readonly Align[] = head.map((_, i) => (i === 0 ? 'left' : 'right')),
): string {
  const made = new CliTable({
    head: head.map((cell) => colours.bold(cell)),
    chars: frame,
    colAligns: [...align],
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  made.push(...rows.map((row) => [...row]));
  return made
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
