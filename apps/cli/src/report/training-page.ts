import type { TableHealth } from '@lookupffn/train';
import { tableWarnings } from '@lookupffn/train';
import { count, duration, short } from '../ui/format.js';
import { healthColumns } from '../ui/health-columns.js';
import { escapeHtml } from './escape.js';
import { chartPlace, page } from './page.js';
import type { CurvePoint } from './report.js';
import { smooth } from './smooth.js';

/** What the page of a run shows; all of it follows from metrics.jsonl and the run's state. */
export interface TrainingView {
  readonly title: string;
  readonly status: 'running' | 'interrupted' | 'completed' | 'failed';
  readonly step: number;
  readonly steps: number;
  readonly tokensPerSecond: number;
  readonly etaSeconds: number;
  readonly loss: readonly CurvePoint[];
  readonly validation: readonly CurvePoint[];
  readonly gradientNorm: readonly CurvePoint[];
  /** Of the latest evaluation; null for a dense model, or before the first one. */
  readonly tables: (TableHealth & { readonly step: number }) | null;
  /** Shown under the heading: kernel, corpus and the like. */
  readonly facts: readonly (readonly [term: string, value: string])[];
  /** Why it failed. */
  readonly failure?: string;
}

/** Seconds between two looks of a browser that has the page of a running job open. */
const refreshSeconds = 10;

function statusLine(view: TrainingView): string {
  const { status, step, steps, loss, validation } = view;
  const parts = [
    status === 'running' ? `running, ${duration(view.etaSeconds)} to go` : status,
    `step ${count(step)} of ${count(steps)}`,
    ...(loss.length > 0 ? [`loss ${loss.at(-1)!.value.toFixed(3)}`] : []),
    ...(validation.length > 0 ? [`validation ${validation.at(-1)!.value.toFixed(3)}`] : []),
    ...(view.tokensPerSecond > 0 ? [`${short(view.tokensPerSecond)} tokens/s`] : []),
  ];
  return parts.join(' · ');
}

function healthTable({ step, tokens, layers }: NonNullable<TrainingView['tables']>): string {
  const head = healthColumns.map(({ title }) => `<th scope="col">${title}</th>`);
  const rows = layers.map((layer) => {
    const [name, ...values] = healthColumns.map(({ show }) => show(layer));
    return `<tr><th scope="row">${name}</th>${values.map((value) => `<td>${value}</td>`).join('')}</tr>`;
  });
  const warnings = tableWarnings({ tokens, layers }).map(({ message }) => `<li>${escapeHtml(message)}</li>`);
  return `<h2>Tables at step ${count(step)}</h2>
${warnings.length > 0 ? `<ul class="warnings">${warnings.join('')}</ul>` : '<p class="quiet">Nothing to warn of.</p>'}
<div class="scroll"><table>
<thead><tr>${head.join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table></div>
<p class="quiet">Over ${count(tokens)} held-out tokens. Evenness is exp(entropy) of the codes over the number of rows; the busiest row's share is the largest of all tables; output is how much the block's varies, beside the hidden states that it is added to.</p>`;
}

/** Two curves on one step axis, null where one has no point. */
function merged(curves: readonly (readonly CurvePoint[])[]): (number | null)[][] {
  const maps = curves.map((curve) => new Map(curve.map(({ step, value }) => [step, value])));
  const steps = [...new Set(maps.flatMap((map) => [...map.keys()]))].sort((a, b) => a - b);
  const rounded = (value: number | undefined) => (value === undefined ? null : Number(value.toFixed(5)));
  return [steps, ...maps.map((map) => steps.map((step) => rounded(map.get(step))))];
}

/** The page of a run: loads itself again while the run goes on. */
export function trainingPage(view: TrainingView): string {
  const { title, status, tables, facts, failure } = view;
  // As in the report: a fortieth of the points.
  const halfLife = Math.max(1, view.loss.length / 40);
  return page({
    title,
    ...(status === 'running' ? { refresh: refreshSeconds } : {}),
    body: `<p class="status">${escapeHtml(statusLine(view))}</p>
${failure ? `<p class="failure">${escapeHtml(failure)}</p>` : ''}
<h2>Loss</h2>
${chartPlace}
<h2>Gradient norm</h2>
${chartPlace}
${tables ? healthTable(tables) : ''}
<h2>How this is made</h2>
<dl>${facts.map(([term, value]) => `<dt>${escapeHtml(term)}</dt><dd>${escapeHtml(value)}</dd>`).join('')}</dl>`,
    charts: [
      {
        y: 'nats a masked token',
        lines: [
          { label: 'training (smoothed)', colour: 'lookup' },
          { label: 'validation', colour: 'dense', points: true },
        ],
        series: merged([smooth(view.loss, halfLife), view.validation]),
      },
      {
        y: 'before clipping (smoothed)',
        lines: [{ label: 'gradient norm', colour: 'quiet' }],
        series: merged([smooth(view.gradientNorm, halfLife)]),
      },
    ],
  });
}
