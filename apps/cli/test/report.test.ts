import { Random } from '@lookupffn/core';
import { describe, expect, it } from 'vitest';
import { quantile, summarise } from '../src/bench/statistics.js';
import { escapeHtml, scriptJson } from '../src/report/escape.js';
import { reportHtml } from '../src/report/html.js';
import type { DemoReport, ModelReport } from '../src/report/report.js';
import { comparisonRows } from '../src/report/rows.js';
import { smooth } from '../src/report/smooth.js';

const model: ModelReport = {
  parameters: 1_000_000,
  ffnParameters: 100_000,
  ffnFlopsPerToken: 600_000,
  ffnBytesPerToken: 4096,
  logPerplexity: 5.25,
  accuracy: 0.2,
  trainingTokensPerSecond: 10_000,
  trainingSeconds: 60,
  ffnMicrosPerToken: 3,
  modelMillis: 2,
  lossCurve: [
    { step: 1, value: 9 },
    { step: 2, value: 8 },
  ],
};

const report: DemoReport = {
  kind: 'lookupffn-demo-report',
  created: '2026-01-01T00:00:00.000Z',
  machine: { cpu: 'CPU', cpus: 2, platform: 'linux', node: '20.20.0' },
  kernel: { backend: 'native', isa: 'avx2', threads: 2 },
  corpus: {
    source: '</script><b>evil & "quoted"</b>',
    documents: 20,
    validationDocuments: 1,
    bytes: 10_000,
    trainingTokens: 9000,
    validationTokens: 1000,
    vocabulary: 300,
  },
  training: { steps: 2, batch: 4, sequence: 32, learningRate: 1e-3, tableLearningRateMultiplier: 3, seed: 7 },
  latencyTokens: 32,
  models: {
    dense: model,
    lookup: {
      ...model,
      ffnFlopsPerToken: 100_000,
      logPerplexity: 5.125,
      parameters: 3_000_000,
      trainingTokensPerSecond: 20_000,
      // A run may lack a step.
      lossCurve: [{ step: 2, value: 7 }],
    },
  },
  masks: [
    {
      before: 'We <b>must</b> ',
      after: ' it.',
      answer: 'keep',
      dense: [{ word: ' keep', probability: 0.5 }],
      lookup: [{ word: '</script>', probability: 0.25 }],
    },
  ],
};

describe('the comparison', () => {
  it('says in words which way each difference goes', () => {
    const row = (title: string) => comparisonRows(report).find((found) => found.title.startsWith(title))!;
    expect(row('FLOP')).toMatchObject({ dense: '600,000', lookup: '100,000', comparison: '6.00x fewer' });
    expect(row('Parameters')).toMatchObject({ comparison: '3.00x more' });
    expect(row('Validation')).toMatchObject({ dense: '5.250', lookup: '5.125', comparison: '-0.125' });
    expect(row('Training speed').comparison).toBe('2.00x faster');
    expect(row('Latency, whole').comparison).toBe('the same');
  });
});

describe('the page', () => {
  const html = reportHtml(report);

  it('shows text as text, wherever it came from', () => {
    expect(html).not.toContain('<b>');
    expect(html).toContain('&lt;/script&gt;&lt;b&gt;evil &amp; &quot;quoted&quot;');
    expect(html.match(/<\/script>/g)).toHaveLength(3);
  });

  it('carries both curves on one axis, with a gap where one has no point', () => {
    const { series } = JSON.parse(/id="curves">(.*?)<\/script>/s.exec(html)![1]!);
    expect(series[0]).toEqual([1, 2]);
    expect(series[1][0]).toBe(9);
    expect(series[2]).toEqual([null, 7]);
  });

  it('marks the guess that is right', () => {
    expect(html.match(/class="hit"/g)).toHaveLength(1);
  });

  it('stays valid JSON and HTML whatever the strings', () => {
    const nasty = '</script><!--<script>';
    expect(scriptJson(nasty)).not.toContain('<');
    expect(JSON.parse(scriptJson(nasty))).toBe(nasty);
    expect(escapeHtml(`<a href='x'>&"`)).toBe('&lt;a href=&#39;x&#39;&gt;&amp;&quot;');
  });
});

describe('smoothing', () => {
  it('keeps a constant, and starts at the first value', () => {
    const flat = Array.from({ length: 50 }, (_, step) => ({ step, value: 3 }));
    for (const point of smooth(flat, 5)) expect(point.value).toBeCloseTo(3, 12);
    expect(
      smooth(
        [
          { step: 1, value: 9 },
          { step: 2, value: 1 },
        ],
        1,
      )[0]!.value,
    ).toBe(9);
  });

  it('forgets half in a half-life', () => {
    const step = Array.from({ length: 200 }, (_, i) => ({ step: i, value: i < 100 ? 0 : 1 }));
    expect(smooth(step, 10)[109]!.value).toBeCloseTo(0.5, 2);
  });
});

describe('statistics', () => {
  it('of known samples', () => {
    expect(quantile([3, 1, 2], 0.5)).toBe(2);
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(summarise([1, 2, 3, 4, 5])).toEqual({ median: 3, spread: 2 / 3 });
  });

  it('of many samples, in any order', () => {
    const random = new Random(3);
    const samples = random.shuffle(Array.from({ length: 1001 }, (_, i) => i));
    expect(quantile(samples, 0.25)).toBe(250);
    expect(quantile(samples, 1)).toBe(1000);
  });
});
