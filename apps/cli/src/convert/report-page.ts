import type { ConversionReport, ConvertOptions } from '@lookupffn/train';
import { type Kernel, kernelText } from '../model/kernel.js';
import { escapeHtml } from '../report/escape.js';
import { chartPlace, page } from '../report/page.js';
import { percent } from '../ui/format.js';
import type { SpeedRow } from './speed.js';

export interface ConversionPage {
  readonly model: string;
  readonly data: string;
  readonly kernel: Kernel;
  readonly report: ConversionReport;
  /** Mean cosine of the converted model in int8. */
  readonly int8: number;
  readonly speed: readonly SpeedRow[];
  /** Steps of distillation, at the end and behind each point of the budget, and whether affine maps had them too. */
  readonly options: Pick<ConvertOptions, 'distilSteps' | 'budgetSteps' | 'baseline' | 'maxLoss'>;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]) =>
    row.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('');
  return `<div class="scroll"><table>
<thead><tr>${cells('th', heads)}</tr></thead>
<tbody>
${rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('\n')}
</tbody></table></div>`;
}

const distilledFor = (steps: number) =>
  steps === 0 ? 'before distillation' : `after ${steps} steps of distillation`;

/** A conversion's report: one HTML file that asks for nothing from outside. */
export function conversionPage({
  model,
  data,
  kernel,
  report,
  int8,
  speed,
  options,
}: ConversionPage): string {
  const { layers, budget, suggested, chosen, distilled } = report;
  const { distilSteps, budgetSteps, baseline, maxLoss } = options;
  const affine = baseline || budgetSteps === 0 ? 'Affine alone' : 'Affine alone, undistilled';
  const body = `<p>${escapeHtml(model)}, on ${escapeHtml(data)}; ${escapeHtml(kernelText(kernel))}.
Layers converted: ${chosen.join(', ') || 'none'}. Mean cosine with the dense model's embeddings ${distilledFor(distilSteps)}: ${distilled.lookup.toFixed(4)}; with affine maps alone${baseline ? '' : ', undistilled'}: ${distilled.affine.toFixed(4)}. In int8, tables and all dense weights: ${int8.toFixed(4)}.</p>
<h2>What each layer's output keeps unexplained</h2>
<p>On held-out tokens, each by what the LayerNorm behind it leaves of its error. By column: the mean over the columns of what the next layer sees of each one's share.</p>
${table(
  ['Layer', 'Affine alone', 'by column', 'Start from data', 'by column', 'Look-ups', 'by column'],
  layers.map(({ layer, affine, warmStart, fitted }) => [
    String(layer),
    ...[affine, warmStart, fitted].flatMap(({ share, perColumn }) => [
      percent(share, 2),
      percent(perColumn, 2),
    ]),
  ]),
)}
<h2>What each further layer costs</h2>
<p>Mean cosine with the dense model's embeddings of held-out texts, ${distilledFor(budgetSteps)}, the best explained layer first. At least ${(1 - maxLoss).toFixed(2)} suggests layers ${suggested.join(', ') || 'none'}.</p>
${chartPlace}
${table(
  ['Layers', affine, 'Look-ups'],
  budget.map((point) => [point.layers.join(', '), point.affine.toFixed(4), point.lookup.toFixed(4)]),
)}
<h2>Speed on this machine</h2>
<p>Milliseconds for one text, the whole model, medians of runs in turns.</p>
${table(
  ['Tokens', 'Dense', 'Dense int8', 'Converted', 'Converted int8'],
  speed.map((row) => [
    String(row.tokens),
    ...[row.dense, row.denseInt8, row.converted, row.convertedInt8].map((value) => value.toFixed(3)),
  ]),
)}`;
  return page({
    title: 'Conversion to look-ups',
    body,
    charts: [
      {
        x: { label: 'Layers converted', whole: true },
        y: 'Mean cosine',
        lines: [
          { label: affine, colour: 'dense', points: true },
          { label: 'Look-ups', colour: 'lookup', points: true },
        ],
        series: [
          budget.map((_, i) => i + 1),
          budget.map(({ affine }) => affine),
          budget.map(({ lookup }) => lookup),
        ],
      },
    ],
  });
}
