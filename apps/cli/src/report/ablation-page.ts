import { paretoFront, type VariantResult } from '../ablation/results.js';
import { groupBy } from '../group-by.js';
import { bytes, count, percent } from '../ui/format.js';
import { escapeHtml } from './escape.js';
import { type Chart, chartPlace, page } from './page.js';

/** What quality is bought with; a plot for each. */
export const ablationCosts = [
  { title: 'FFN FLOP per token', value: (row: VariantResult) => row.ffnFlops, show: count },
  { title: 'FFN bytes read per token', value: (row: VariantResult) => row.ffnBytes, show: bytes },
  {
    title: 'Latency of the whole model, ms a sequence',
    value: (row: VariantResult) => row.modelMillis,
    show: (value: number) => value.toPrecision(3),
  },
] as const;

/** Quality over one cost: the Pareto front as a line, the rest as points. */
function plot(rows: readonly VariantResult[], { title, value }: (typeof ablationCosts)[number]): Chart {
  const front = paretoFront(rows, value);
  const sorted = [...rows].sort((a, b) => value(a) - value(b));
  const of = (wanted: (row: VariantResult) => boolean) =>
    sorted.map((row) => (wanted(row) ? row.logPerplexity : null));
  return {
    x: { label: `${title} (log scale)`, log: true },
    y: 'validation log perplexity (nats)',
    lines: [
      { label: 'Pareto front', colour: 'quiet' },
      { label: 'dense', colour: 'dense', points: 'only' },
      { label: 'lookup', colour: 'lookup', points: 'only' },
    ],
    series: [
      sorted.map(value),
      of((row) => front.has(row)),
      of((row) => row.ffn === 'dense'),
      of((row) => row.ffn !== 'dense'),
    ],
  };
}

/** Quality over tokens, a line for what was trained to several horizons; undefined where nothing was. */
function horizons(rows: readonly VariantResult[]): Chart | undefined {
  const lines = groupBy(rows, ({ series }) => series);
  for (const [series, members] of lines) if (members.length < 2) lines.delete(series);
  if (lines.size === 0) return undefined;
  const tokens = [...new Set([...lines.values()].flat().map((row) => row.tokens))].sort((a, b) => a - b);
  return {
    x: { label: 'training tokens (log scale)', log: true },
    y: 'validation log perplexity (nats)',
    lines: [...lines].map(([label, [first]]) => ({
      label,
      colour: first!.ffn === 'dense' ? 'dense' : 'lookup',
      points: true,
    })),
    series: [
      tokens,
      ...[...lines.values()].map((members) =>
        tokens.map((at) => members.find((row) => row.tokens === at)?.logPerplexity ?? null),
      ),
    ],
  };
}

function resultRow(row: VariantResult, front: ReadonlySet<VariantResult>): string {
  const each = row.logPerplexities.map((value) => value.toFixed(3)).join(', ');
  const cells = [
    row.logPerplexity.toFixed(4),
    each,
    percent(row.accuracy),
    ...ablationCosts.map(({ value, show }) => show(value(row))),
    count(row.parameters),
  ];
  const mark = front.has(row) ? ' <span class="quiet">(front)</span>' : '';
  return `<tr><th scope="row" class="${row.ffn === 'dense' ? 'dense' : 'lookup'}">${escapeHtml(row.variant)}${mark}</th>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

/** All variants, best first, and quality over each cost. */
export function ablationPage(
  title: string,
  rows: readonly VariantResult[],
  facts: readonly (readonly [term: string, value: string])[],
): string {
  const front = paretoFront(rows, ablationCosts[0].value);
  const sorted = [...rows].sort((a, b) => a.logPerplexity - b.logPerplexity);
  const overTokens = horizons(rows);
  const heads = [
    'Log perplexity',
    'Each seed',
    'Guessed right',
    ...ablationCosts.map((c) => c.title),
    'Parameters',
  ];
  return page({
    title,
    body: `<div class="scroll"><table>
<thead><tr><th></th>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead>
<tbody>
${sorted.map((row) => resultRow(row, front)).join('\n')}
</tbody></table></div>
<p class="quiet">Means over the seeds. On the front: no other variant has fewer FLOP and is as good.</p>
${overTokens ? `<h2>Quality and training tokens</h2>\n${chartPlace}\n` : ''}${ablationCosts.map((cost) => `<h2>Quality and ${escapeHtml(cost.title)}</h2>\n${chartPlace}`).join('\n')}
<h2>How this was made</h2>
<dl>${facts.map(([term, value]) => `<dt>${escapeHtml(term)}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl>`,
    charts: [...(overTokens ? [overTokens] : []), ...ablationCosts.map((cost) => plot(rows, cost))],
  });
}
