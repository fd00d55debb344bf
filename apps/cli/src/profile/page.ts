import { kernelText } from '../model/kernel.js';
import { escapeHtml } from '../report/escape.js';
import { style } from '../report/style.js';
import { chartSvg } from './chart.js';
import type { Profile } from './profile.js';
import { layerRows, limitRows } from './rows.js';
import { type SweepAxis, type SweepPoint, sweepAxes } from './sweep.js';

const axisTitles: Readonly<Record<SweepAxis, string>> = {
  tables: 'tables',
  bits: 'bits per table',
  block: 'BH4 block',
  batch: 'tokens in a batch',
};

function htmlTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return `<div class="scroll"><table><thead>${row(head, 'th')}</thead><tbody>${rows.map((cells) => row(cells, 'td')).join('\n')}</tbody></table></div>`;
}

function sweepChart(axis: SweepAxis, points: readonly SweepPoint[]): string {
  const of = points.filter((point) => point.axis === axis);
  if (of.length === 0) return '';
  return chartSvg({
    title: axisTitles[axis],
    xTitle: `${axisTitles[axis]}; below, the memory that holds the working set`,
    yTitle: 'us a token a layer',
    x: of.map(({ value }) => value),
    notes: of.map(({ fits }) => fits),
    lines: [
      { title: 'measured', colour: 'lookup', y: of.map(({ measuredMicros }) => measuredMicros) },
      { title: 'roofline', colour: 'dense', y: of.map(({ predictedMicros }) => predictedMicros) },
    ],
  });
}

/** The profile as one HTML file that asks for nothing from outside. */
export function profileHtml(profile: Profile): string {
  const layers = layerRows(profile);
  const limits = limitRows(profile);
  const { machine, kernel, tokens, dtype } = profile;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Hardware profile</title>
<style>${style}
svg { width: 100%; max-width: 560px; background: var(--panel); border-radius: .5rem; margin: .5rem 0; font: 12px system-ui, sans-serif; }
svg .quiet { fill: var(--quiet); } svg .ink { fill: var(--ink); font-weight: 600; } svg .rule { stroke: var(--rule); }
</style>
</head>
<body>
<h1>Hardware profile</h1>
<p>${escapeHtml(`${machine.cpu}, ${machine.platform}; ${kernelText(kernel)}; ${tokens} tokens in a batch, weights ${dtype}`)}</p>
<h2>What this machine can do</h2>
${htmlTable(limits.head, limits.rows)}
<h2>The FFN of each layer</h2>
${htmlTable(layers.head, layers.rows)}
<p class="quiet">${escapeHtml(profile.misses.note)}</p>
<h2>Where the working set leaves the caches</h2>
${sweepAxes.map((axis) => sweepChart(axis, profile.sweep)).join('\n')}
</body>
</html>
`;
}
