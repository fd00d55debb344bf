import type { LayerTableHealth } from '@lookupffn/train';
import { count, percent } from './format.js';

interface HealthColumn {
  readonly title: string;
  readonly show: (layer: LayerTableHealth) => string;
}

/** What a table of the tables' health says of each layer, in terminal and page alike. */
export const healthColumns: readonly HealthColumn[] = [
  { title: 'Layer', show: ({ layer }) => String(layer) },
  { title: 'Tables', show: ({ tables, cells }) => `${tables} x ${count(cells)}` },
  { title: 'Never read', show: ({ occupancy }) => percent(1 - occupancy) },
  { title: 'Evenness', show: ({ evenness }) => percent(evenness) },
  { title: 'Busiest row', show: ({ busiestCell }) => percent(busiestCell) },
  { title: 'Constant bits', show: ({ constantBits }) => String(constantBits) },
  { title: 'Score', show: ({ score }) => `${score.mean.toFixed(3)} ± ${score.deviation.toFixed(3)}` },
  { title: 'Output', show: ({ outputShare }) => percent(outputShare) },
];
