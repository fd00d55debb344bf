import { type TableHealth, tableWarnings } from '@lookupffn/train';
import type { Colours } from './colours.js';
import { count } from './format.js';
import { healthColumns } from './health-columns.js';
import { table } from './table.js';

/** How the tables of each layer are used, and what to do about it where something ails them. */
export function tablesText(health: TableHealth, colours: Colours): string {
  const head = healthColumns.map(({ title }) => title);
  const rows = health.layers.map((layer) => healthColumns.map(({ show }) => show(layer)));
  const warnings = tableWarnings(health).map(({ message }) => `warning: ${message}`);
  const note = `Over ${count(health.tokens)} tokens. Output: how much it varies, beside the hidden states that it is added to.`;
  return [table(head, rows, colours), colours.dim(note), ...warnings].join('\n');
}
