import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chartScript } from './chart-script.js';
import { escapeHtml, scriptJson } from './escape.js';
import { style } from './style.js';

const require = createRequire(import.meta.url);
const uPlotFile = (name: string): string => readFileSync(require.resolve(`uplot/dist/${name}`), 'utf8');

export interface Line {
  readonly label: string;
  /** A colour of the style sheet, without its dashes. */
  readonly colour: 'dense' | 'lookup' | 'quiet';
  /** Marks each value, for lines with few; `only`: without a line between them. */
  readonly points?: boolean | 'only';
}

/** Curves over training steps, or over what `x` says. */
export interface Chart {
  /** `whole`: its values are whole numbers, and so are the ticks. */
  readonly x?: { readonly label: string; readonly log?: boolean; readonly whole?: boolean };
  /** What the vertical axis shows. */
  readonly y: string;
  readonly lines: readonly Line[];
  /** `[steps or rising x, values of the first line, ...]` with null where a line has no value. */
  readonly series: readonly (readonly (number | null)[])[];
}

/** Where a chart goes; `charts` of `page` are drawn into these in order. */
export const chartPlace = '<div class="chart"></div>';

export interface PageParts {
  readonly title: string;
  /** HTML, with a `chartPlace` for each chart. */
  readonly body: string;
  readonly charts: readonly Chart[];
  /** Seconds after which the reader's browser loads the page again. */
  readonly refresh?: number;
}

/** One HTML file that asks for nothing from outside: style, chart code and data stand in it. */
export function page({ title, body, charts, refresh }: PageParts): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
${refresh === undefined ? '' : `<meta http-equiv="refresh" content="${refresh}">\n`}<title>${escapeHtml(title)}</title>
<style>${uPlotFile('uPlot.min.css')}${style}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${body}
<script type="application/json" id="charts">${scriptJson(charts)}</script>
<script>${uPlotFile('uPlot.iife.min.js')}</script>
<script type="module">${chartScript}</script>
</body>
</html>
`;
}
