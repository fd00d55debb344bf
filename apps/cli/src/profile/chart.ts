import { escapeHtml } from '../report/escape.js';

export interface ChartLine {
  readonly title: string;
  /** A colour of the page's style sheet, e.g. `lookup`. */
  readonly colour: string;
  /** One a value of x; null leaves a gap. */
  readonly y: readonly (number | null)[];
}

export interface Chart {
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly x: readonly number[];
  /** Said under each x, e.g. the memory that holds the working set. */
  readonly notes?: readonly (string | null)[];
  readonly lines: readonly ChartLine[];
}

const width = 560;
const height = 300;
const margin = { left: 56, right: 28, top: 28, bottom: 56 };

/** Round steps that cut 0 to `most` into at most five. */
function ticks(most: number): number[] {
  const rough = most / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough)!;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, i) => i * step);
}

/** A chart as SVG: values of x evenly apart (they are powers of two, mostly), y from zero. */
export function chartSvg({ title, xTitle, yTitle, x, notes, lines }: Chart): string {
  const most = Math.max(1e-9, ...lines.flatMap(({ y }) => y.filter((v) => v !== null))) * 1.08;
  const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
  const px = (i: number) =>
    margin.left + (x.length > 1 ? (i / (x.length - 1)) * inner.width : inner.width / 2);
  const py = (value: number) => margin.top + inner.height * (1 - value / most);
  const at = (n: number) => n.toFixed(1);
  const text = (left: number, top: number, what: string, anchor = 'middle', kind = 'quiet') =>
    `<text x="${at(left)}" y="${at(top)}" text-anchor="${anchor}" class="${kind}">${escapeHtml(what)}</text>`;
  const grid = ticks(most).map(
    (value) =>
      `<line x1="${margin.left}" x2="${width - margin.right}" y1="${at(py(value))}" y2="${at(py(value))}" class="rule"/>${text(margin.left - 8, py(value) + 4, String(Number(value.toPrecision(3))), 'end')}`,
  );
  const marks = x.map(
    (value, i) =>
      text(px(i), height - margin.bottom + 18, String(value)) +
      (notes?.[i] ? text(px(i), height - margin.bottom + 34, notes[i]!) : ''),
  );
  const drawn = lines.map(({ title: name, colour, y }, n) => {
    const points = y.flatMap((value, i) => (value === null ? [] : [`${at(px(i))},${at(py(value))}`]));
    const dots = points.map((point) => {
      const [cx, cy] = point.split(',');
      return `<circle cx="${cx}" cy="${cy}" r="3" fill="var(--${colour})"/>`;
    });
    return `<polyline points="${points.join(' ')}" fill="none" stroke="var(--${colour})" stroke-width="2"/>${dots.join('')}<text x="${width - margin.right}" y="${14 + 14 * n}" text-anchor="end" fill="var(--${colour})">${escapeHtml(name)}</text>`;
  });
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(title)}">
${text(margin.left, 14, `${title}: ${yTitle}`, 'start', 'ink')}
${grid.join('')}${marks.join('')}${text(margin.left + inner.width / 2, height - 4, xTitle)}
${drawn.join('\n')}
</svg>`;
}
