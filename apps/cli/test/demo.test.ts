import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DemoReport } from '../src/report/report.js';
import { lockFile, withRunLock } from '../src/training/run-lock.js';
import { cli, refusal, smallCorpus, temporaryFolder } from './cli.js';

/** A demo of a few seconds on any backend. */
const size = ['--batch', '4', '--sequence', '32'];

const readReport = (folder: string): DemoReport =>
  JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'));
const losses = (report: DemoReport, name: 'dense' | 'lookup') =>
  report.models[name].lossCurve.map((point) => point.value);

describe('the demo in miniature', () => {
  let corpus: string;
  let whole: string;
  let first: Awaited<ReturnType<typeof cli>>;
  const steps = 40;

  beforeAll(async () => {
    corpus = smallCorpus();
    whole = join(temporaryFolder(), 'whole');
    first = await cli(['demo', '--corpus', corpus, '--out', whole, '--steps', String(steps), ...size]);
  });

  it('runs to its end: a table, hidden words, and where things are', () => {
    expect(first.stderr).not.toContain('error');
    expect(first.code).toBe(0);
    for (const text of [
      'Validation log perplexity',
      'FLOP per token',
      'Bytes read per token',
      'Parameters',
      'Latency, FFNs',
      'Latency, whole model',
      'Training speed',
      'Kernel in use',
      'report.html',
    ]) {
      expect(first.stdout).toContain(text);
    }
    expect(first.stdout).not.toContain('\u001b');
    expect(first.stdout).toMatch(/\[[a-z]+\]/);
  });

  it('reports what it measured', () => {
    const report = readReport(whole);
    const { dense, lookup } = report.models;
    for (const model of [dense, lookup]) {
      expect(model.lossCurve.map((point) => point.step)).toEqual(
        Array.from({ length: steps }, (_, i) => i + 1),
      );
      expect(model.logPerplexity).toBeGreaterThan(0);
      expect(model.logPerplexity).toBeLessThan(Math.log(report.corpus.vocabulary));
      for (const value of [model.ffnMicrosPerToken, model.modelMillis, model.trainingTokensPerSecond]) {
        expect(value).toBeGreaterThan(0);
      }
    }
    expect(dense.ffnFlopsPerToken).toBe(2 * 4 * 128 * 512);
    expect(dense.ffnFlopsPerToken / lookup.ffnFlopsPerToken).toBeGreaterThan(5);
    expect(lookup.parameters).toBeGreaterThan(dense.parameters);
    expect(report.corpus.validationDocuments).toBeGreaterThan(0);
    expect(report.masks.length).toBeGreaterThan(0);
    for (const mask of report.masks) {
      expect(mask.dense).toHaveLength(mask.lookup.length);
      expect(mask.before.length).toBeGreaterThan(0);
    }
  });

  it('leaves two model folders that other commands use', async () => {
    for (const name of ['dense', 'lookup']) {
      const folder = join(whole, name);
      const filled = await cli([
        'fill-mask',
        folder,
        '--json',
        '--top-k',
        '3',
        'The people must <mask> schools.',
      ]);
      expect(filled.code).toBe(0);
      const { results } = JSON.parse(filled.stdout);
      expect(results[0].masks[0]).toHaveLength(3);
    }
    const evaluated = await cli(['eval', join(whole, 'lookup'), '--json']);
    expect(evaluated.code).toBe(0);
    const { logPerplexity } = JSON.parse(evaluated.stdout);
    // Other masks than the trainer's, the same documents and weights.
    expect(Math.abs(logPerplexity - readReport(whole).models.lookup.logPerplexity)).toBeLessThan(0.5);
  });

  it('writes a page that stands alone', () => {
    const html = readFileSync(join(whole, 'report.html'), 'utf8');
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/<(script|link|img|iframe)[^>]+(src|href)\s*=/i);
    expect(html).not.toMatch(/@import|url\(\s*['"]?https?:/i);
    expect(html).toContain('prefers-color-scheme: dark');
    const data = /<script type="application\/json" id="charts">(.*?)<\/script>/s.exec(html)?.[1];
    const [{ series }] = JSON.parse(data!);
    expect(series).toHaveLength(3);
    for (const line of series) expect(line).toHaveLength(steps);
    for (const { title } of [{ title: 'Validation log perplexity' }, { title: 'Parameters' }]) {
      expect(html).toContain(title);
    }
  });

  it('interrupted in either model, goes on with --resume to the same losses', async () => {
    const out = join(temporaryFolder(), 'cut');
    const args = ['--corpus', corpus, '--out', out, '--steps', String(steps), ...size];
    const metrics = (name: string) => join(out, name, 'training', 'metrics.jsonl');
    /** Runs until some steps of a model are made, then presses Ctrl-C. */
    const interrupt = async (model: string, command: string[]) => {
      let pressed = false;
      const timer = setInterval(() => {
        if (pressed || !existsSync(metrics(model)) || statSync(metrics(model)).size === 0) return;
        pressed = true;
        children.at(-1)?.kill('SIGINT');
      }, 5);
      const children: { kill(signal: NodeJS.Signals): boolean }[] = [];
      const result = await cli(command, {
        onStderr: (_, child) => {
          if (!children.includes(child)) children.push(child);
        },
      });
      clearInterval(timer);
      return result;
    };
    const cut = await interrupt('dense', ['demo', ...args]);
    expect(cut.stderr).toContain('--resume');
    expect(cut.code).toBe(130);
    expect(cut.stdout).toBe('');
    expect(existsSync(join(out, 'report.json'))).toBe(false);

    const again = await interrupt('lookup', ['demo', '--resume', '--out', out]);
    expect(again.code).toBe(130);
    expect(existsSync(join(out, 'dense', 'config.json'))).toBe(true);

    const last = await cli(['demo', '--resume', '--out', out, '--json']);
    expect(last.stderr).not.toContain('error');
    expect(last.code).toBe(0);
    const report: DemoReport = JSON.parse(last.stdout);
    expect(report).toEqual(readReport(out));
    const uncut = readReport(whole);
    for (const name of ['dense', 'lookup'] as const) {
      expect(losses(report, name)).toEqual(losses(uncut, name));
      expect(report.models[name].logPerplexity).toBe(uncut.models[name].logPerplexity);
    }
  });

  it('resumed when complete, shows the same report again', async () => {
    const again = await cli(['demo', '--resume', '--out', whole, '--json']);
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toEqual(readReport(whole));
  });

  it('refuses to resume with other settings', async () => {
    const resume = (...flags: string[]) => cli(['demo', '--resume', '--out', whole, ...flags]);
    expect(refusal(await resume('--steps', '7'))).toMatch(/begun with --steps 40/);
    expect(refusal(await resume('--seed', '1'))).toMatch(/--seed 7/);
    expect(refusal(await resume('--corpus', temporaryFolder()))).toMatch(/--corpus/);
  });

  it('starts afresh over an earlier demo, and keeps what is not its own', async () => {
    const out = join(temporaryFolder(), 'again');
    const args = ['demo', '--corpus', corpus, '--out', out, '--steps', '2', ...size];
    expect((await cli(args)).code).toBe(0);
    writeFileSync(join(out, 'notes.txt'), 'mine');
    rmSync(join(out, 'lookup', 'config.json'));
    expect((await cli(args)).code).toBe(0);
    expect(readdirSync(out).sort()).toEqual([
      'demo.json',
      'dense',
      'lookup',
      'notes.txt',
      'report.html',
      'report.json',
      'tokenizer.json',
    ]);
    expect(readReport(out).models.lookup.lossCurve).toHaveLength(2);
  });

  it('keeps a second demo out of the folder, and a lock out of what is no demo', async () => {
    const out = join(temporaryFolder(), 'both');
    const args = ['demo', '--corpus', corpus, '--out', out, '--steps', '2', ...size];
    await withRunLock(out, async () => {
      expect(refusal(await cli(args))).toContain(`in use by process ${process.pid} on this machine`);
      expect(readdirSync(out)).toEqual([lockFile]);
    });
    expect((await cli(args)).code).toBe(0);
    const before = readdirSync(out);
    await withRunLock(out, async () => {
      expect(refusal(await cli([...args, '--resume']))).toContain('in use by process');
    });
    expect(readdirSync(out)).toEqual(before);
  });

  it('refuses to resume over a changed corpus', async () => {
    const changing = smallCorpus();
    const out = join(temporaryFolder(), 'changed');
    expect((await cli(['demo', '--corpus', changing, '--out', out, '--steps', '2', ...size])).code).toBe(0);
    rmSync(join(out, 'report.json'));
    writeFileSync(join(changing, 'text-00.txt'), 'Another text altogether. '.repeat(50));
    expect(refusal(await cli(['demo', '--resume', '--out', out]))).toMatch(/not the text/);
  });
});
