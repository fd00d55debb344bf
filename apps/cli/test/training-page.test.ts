import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TrainingProgress } from '@lookupffn/train';
import { describe, expect, it } from 'vitest';
import { type TrainingView, trainingPage } from '../src/report/training-page.js';
import { RunWatch } from '../src/training/run-watch.js';
import type { Io } from '../src/ui/io.js';
import { temporaryFolder } from './cli.js';

const layer = {
  layer: 0,
  tables: 4,
  cells: 16,
  occupancy: 0.1,
  evenness: 0.05,
  busiestCell: 0.2,
  constantBits: 0,
  score: { mean: 0.5, deviation: 0.1 },
  outputShare: 0.3,
};
const view: TrainingView = {
  title: 'Training: LookupFFN',
  status: 'running',
  step: 2,
  steps: 10,
  tokensPerSecond: 1234,
  etaSeconds: 75,
  loss: [
    { step: 1, value: 9 },
    { step: 2, value: 8 },
  ],
  validation: [{ step: 2, value: 8.5 }],
  gradientNorm: [{ step: 1, value: 3 }],
  tables: { tokens: 4096, layers: [layer], step: 2 },
  facts: [['Corpus', '<b>mine</b>']],
};

const charts = (html: string) => JSON.parse(/id="charts">(.*?)<\/script>/s.exec(html)![1]!);

describe('the page of a run', () => {
  it('shows where the run is, its curves, and what its tables want', () => {
    const html = trainingPage(view);
    expect(html).toContain('running, 1:15 to go · step 2 of 10 · loss 8.000 · validation 8.500');
    const [loss, norm] = charts(html);
    expect(loss.series[0]).toEqual([1, 2]);
    expect(loss.series[1][0]).toBe(9);
    expect(loss.series[2]).toEqual([null, 8.5]);
    expect(norm.series).toEqual([[1], [3]]);
    expect(html).toMatch(/only 10% of the rows were read/);
    expect(html).toContain('&lt;b&gt;mine&lt;/b&gt;');
  });

  it('loads itself again while the run goes on, and no longer', () => {
    expect(trainingPage(view)).toContain('http-equiv="refresh" content="10"');
    const failed = trainingPage({ ...view, status: 'failed', failure: 'Training diverged.' });
    expect(failed).not.toContain('http-equiv="refresh"');
    expect(failed).toContain('Training diverged.');
  });
});

describe('RunWatch', () => {
  const notes: string[] = [];
  const io = { note: (text: string) => notes.push(text) } as unknown as Io;
  const progress = (step: number, more: Partial<TrainingProgress> = {}): TrainingProgress => ({
    step,
    steps: 9000,
    loss: 9 - step / 1000,
    learningRate: 1e-3,
    gradientNorm: 1,
    tokensPerSecond: 100,
    tokens: step * 10,
    etaSeconds: 5,
    ...more,
  });
  const run = { title: 'T', facts: [], step: 0, steps: 9000 };

  it('warns once of what ails a layer, and thins long curves out', async () => {
    const folder = temporaryFolder();
    const watch = await RunWatch.open(io, folder, run);
    for (let step = 1; step <= 9000; step++) {
      watch.onProgress(
        progress(step, step % 3000 === 0 ? { tables: { tokens: 4096, layers: [layer] } } : {}),
      );
    }
    await watch.close('completed');
    expect(notes).toEqual([expect.stringMatching(/^warning: Layer 0: only 10%/)]);
    const html = readFileSync(join(folder, 'progress.html'), 'utf8');
    const [steps] = charts(html)[0].series;
    expect(steps.length).toBeLessThanOrEqual(4000);
    expect(steps.at(-1)).toBe(9000);
    expect(html).toContain('completed · step 9,000 of 9,000');
  });

  it('says that the page cannot be written, and lets the run go on', async () => {
    notes.length = 0;
    const watch = await RunWatch.open(io, join(temporaryFolder(), 'gone'), run);
    watch.onProgress(progress(1));
    await watch.close('interrupted');
    expect(notes[0]).toMatch(/warning: Could not write .*progress\.html/);
  });
});
