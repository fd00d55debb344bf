import { Random } from '@lookupffn/core';
import { describe, expect, it } from 'vitest';
import { quantile, summarise } from '../src/bench/statistics.js';
import { escapeHtml, scriptJson } from '../src/report/escape.js';
import { reportHtml } from '../src/report/html.js';
import { comparisonRows } from '../src/report/rows.js';
import { smooth } from '../src/report/smooth.js';
import { sampleReport as report } from './sample-report.js';

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
    const [{ series }] = JSON.parse(/id="charts">(.*?)<\/script>/s.exec(html)![1]!);
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
