import { type TableHealth, tableWarnings } from '@lookupffn/train';
import type { Colours } from './colours.js';
import { count } from './format.js';
import { table } from './table.js';

const percent = (share: number): string => `${(share * 100).toFixed(1)}%`;

/** How the tables of each layer are used, and what to do about it where something ails them. */
export function tablesText(health: TableHealth, colours: Colours): string {
  const rows = health.layers.map(
    ({ layer, tables, cells, occupancy, evenness, busiestCell, constantBits, score, outputShare }) => [
      String(layer),
      `${tables} x ${count(cells)}`,
      percent(occupancy),
      percent(evenness),
      percent(busiestCell),
      String(constantBits),
      `${score.mean.toFixed(3)} ± ${score.deviation.toFixed(3)}`,
      percent(outputShare),
    ],
  );
  const head = [
    'Layer',
    'Tables',
    'Rows read',
    'Evenness',
    'Busiest row',
    'Constant bits',
    'Score',
    'Output',
  ];
  const warnings = tableWarnings(health).map(({ message }) => `warning: ${message}`);
  const note = `Over ${count(health.tokens)} tokens. Output: how much it varies, beside the hidden states that it is added to.`;
  return [table(head, rows, colours), colours.dim(note), ...warnings].join('\n');
}
