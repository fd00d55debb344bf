import { bytes, count, short, times } from '../ui/format.js';
import type { DemoReport, ModelReport } from './report.js';

/** One row of the comparison: what is measured, each model's value, and how they compare. */
export interface ComparisonRow {
  readonly title: string;
  readonly dense: string;
  readonly lookup: string;
  readonly comparison: string;
}

interface Measure {
  readonly title: string;
  readonly value: (model: ModelReport) => number;
  readonly show: (value: number) => string;
  readonly compare: (dense: number, lookup: number) => string;
}

const fewer = (what: string) => (dense: number, lookup: number) => {
  if (dense === lookup) return 'the same';
  return dense > lookup ? `${times(dense / lookup)} ${what}` : `${times(lookup / dense)} ${opposite[what]}`;
};
const opposite: Readonly<Record<string, string>> = { fewer: 'more', less: 'more', faster: 'slower' };

const difference = (digits: number) => (dense: number, lookup: number) => {
  const by = lookup - dense;
  return `${by >= 0 ? '+' : '-'}${Math.abs(by).toFixed(digits)}`;
};

function measures(report: DemoReport): Measure[] {
  const sentence = `${report.latencyTokens} tokens`;
  return [
    {
      title: 'Validation log perplexity (lower is better)',
      value: (m) => m.logPerplexity,
      show: (v) => v.toFixed(3),
      compare: difference(3),
    },
    {
      title: 'Masked words guessed right',
      value: (m) => m.accuracy * 100,
      show: (v) => `${v.toFixed(1)}%`,
      compare: (d, l) => `${difference(1)(d, l)} points`,
    },
    {
      title: 'FLOP per token in FFNs',
      value: (m) => m.ffnFlopsPerToken,
      show: count,
      compare: fewer('fewer'),
    },
    {
      title: 'Bytes read per token in FFNs',
      value: (m) => m.ffnBytesPerToken,
      show: bytes,
      compare: fewer('fewer'),
    },
    { title: 'Parameters', value: (m) => m.parameters, show: count, compare: fewer('fewer') },
    {
      title: 'Parameters in FFNs',
      value: (m) => m.ffnParameters,
      show: count,
      compare: fewer('fewer'),
    },
    {
      title: `Latency, FFNs (${sentence})`,
      value: (m) => m.ffnMicrosPerToken,
      show: (v) => `${v.toPrecision(3)} us/token`,
      compare: fewer('faster'),
    },
    {
      title: `Latency, whole model (${sentence})`,
      value: (m) => m.modelMillis,
      show: (v) => `${v.toPrecision(3)} ms`,
      compare: fewer('faster'),
    },
    {
      title: 'Training speed',
      value: (m) => m.trainingTokensPerSecond,
      show: (v) => `${short(v)} tokens/s`,
      compare: (d, l) => fewer('faster')(l, d),
    },
  ];
}

/** The comparison as text, for the terminal and for the page. */
export function comparisonRows(report: DemoReport): ComparisonRow[] {
  const { dense, lookup } = report.models;
  const { backend, isa, threads } = report.kernel;
  const kernel = `${backend} (${isa})`;
  return [
    ...measures(report).map(({ title, value, show, compare }) => ({
      title,
      dense: show(value(dense)),
      lookup: show(value(lookup)),
      comparison: compare(value(dense), value(lookup)),
    })),
    { title: `Kernel in use (threads: ${threads})`, dense: kernel, lookup: kernel, comparison: 'the same' },
  ];
}
