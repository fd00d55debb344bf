import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CliOptions, cli, refusal, temporaryFolder } from './cli.js';
import { tinyModel } from './tiny-model.js';

let model: string;
beforeAll(async () => {
  model = await tinyModel();
});

// The reference backend: what is tested here is the files, and its results are the same on every machine.
const embed = (args: readonly string[], options: CliOptions = {}) =>
  cli(['embed', '-m', model, '--backend', 'reference', ...args], options);

interface Row {
  readonly id?: unknown;
  readonly embedding: number[];
}
const rowsOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);

/** A new folder with `in.jsonl` in it. */
function place(lines: readonly unknown[] | string) {
  const folder = temporaryFolder();
  const text = typeof lines === 'string' ? lines : lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  writeFileSync(join(folder, 'in.jsonl'), text);
  return {
    input: join(folder, 'in.jsonl'),
    output: join(folder, 'out.jsonl'),
    files: () => readdirSync(folder).sort(),
    read: (name: string) => readFileSync(join(folder, name), 'utf8'),
  };
}

const words = ['peace', 'laws', 'the people', 'commerce', 'a nation', 'world', '🙂', 'United States'];
/** Lines of all lengths, so that shards' cuts fall into lines. */
const manyRows = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    id: i,
    text: Array.from({ length: 1 + (i % 5) }, (_, k) => words[(3 * i + k) % words.length]).join(' '),
  }));

describe('embed', () => {
  it('a line for each line: ids kept, blank lines left out, vectors of length 1', async () => {
    const at = place('\ufeff{"id":"a","text":"peace"}\r\n\n"laws"\n{"text":"peace","id":[1,{"x":null}]}');
    const { code, stdout } = await embed([at.input, '-o', at.output]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/out\.jsonl: 3 lines, \d+ tokens/);
    const rows = rowsOf(at.read('out.jsonl'));
    expect(rows.map(({ id }) => id)).toEqual(['a', undefined, [1, { x: null }]]);
    expect(rows[0]!.embedding).toEqual(rows[2]!.embedding);
    expect(rows[0]!.embedding).not.toEqual(rows[1]!.embedding);
    for (const { embedding } of rows) {
      expect(embedding).toHaveLength(16);
      expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
    }
    // Neither the growing file nor its progress is left.
    expect(at.files()).toEqual(['in.jsonl', 'out.jsonl']);
  });

  it('the same vectors whatever the batch, as base64 too', async () => {
    const at = place(manyRows(40));
    const base64 = `${at.output}.base64`;
    await embed([at.input, '-o', at.output]);
    await embed([at.input, '-o', base64, '--max-batch-tokens', '1', '--encoding', 'base64']);
    const rows = rowsOf(at.read('out.jsonl'));
    const encoded = rowsOf(at.read('out.jsonl.base64')) as unknown as { embedding: string }[];
    expect(rows).toHaveLength(40);
    for (const [i, { embedding }] of encoded.entries()) {
      const bytes = Buffer.from(embedding, 'base64');
      expect(rows[i]!.embedding).toEqual(Array.from({ length: 16 }, (_, k) => bytes.readFloatLE(4 * k)));
    }
  });

  it('shards in order are the whole, to the byte', async () => {
    const at = place(manyRows(23));
    const runs = [0, 1, 2].map((index) => embed([at.input, '-o', at.output, '--shard', `${index}/3`]));
    for (const { code } of await Promise.all(runs)) expect(code).toBe(0);
    const names = [0, 1, 2].map((index) => `out-0000${index}-of-00003.jsonl`);
    const whole = await embed([at.input, '-o', '-']);
    expect(names.map(at.read).join('')).toBe(whole.stdout);
  });

  it('standard input to standard output: vectors there, words beside them', async () => {
    const at = place(manyRows(5));
    await embed([at.input, '-o', at.output]);
    const piped = await embed(['-', '-o', '-'], { input: at.read('in.jsonl') });
    expect(piped.code).toBe(0);
    expect(piped.stdout).toBe(at.read('out.jsonl'));
    expect(piped.stderr).toMatch(/5 lines/);
    const toFile = await embed(['-', '-o', `${at.output}.piped`], { input: at.read('in.jsonl') });
    expect(toFile.code).toBe(0);
    expect(at.read('out.jsonl.piped')).toBe(at.read('out.jsonl'));
  });

  it('says how far it is', async () => {
    const at = place(manyRows(60));
    const { stderr } = await embed([at.input, '-o', at.output, '--max-batch-tokens', '16']);
    expect(stderr).toMatch(/^\d+ lines, [\d,]+ tokens\/s, \d+\.\d%, \d+:\d\d left$/m);
  });

  it('with --json one document, and nothing else on standard output', async () => {
    const at = place(manyRows(3));
    const { stdout } = await embed([at.input, '-o', at.output, '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ output: at.output, done: true, lines: 3 });
  });
});

describe('embed, interrupted', () => {
  /** Ends a run by a signal once it has saved some progress and has much to go. */
  async function interrupted(at: ReturnType<typeof place>, signal: NodeJS.Signals) {
    const args = [at.input, '-o', at.output, '--max-batch-tokens', '8', '--save-every', '20'];
    let looking: NodeJS.Timeout | undefined;
    const result = await embed(args, {
      onStderr: (text, child) => {
        if (looking || !/ lines, /.test(text)) return;
        looking = setInterval(() => {
          if (!existsSync(`${at.output}.progress.json`) && child.exitCode === null) return;
          clearInterval(looking);
          child.kill(signal);
        }, 2);
      },
    });
    expect(at.files()).toEqual(expect.arrayContaining(['out.jsonl.partial', 'out.jsonl.progress.json']));
    expect(at.files()).not.toContain('out.jsonl');
    return result;
  }

  it.each(['SIGKILL', 'SIGINT'] as const)('by %s: --resume ends with the same bytes', async (signal) => {
    const at = place(manyRows(3000));
    const whole = await embed([at.input, '-o', '-']);
    const stopped = await interrupted(at, signal);
    const { lines } = JSON.parse(at.read('out.jsonl.progress.json'));
    expect(lines).toBeGreaterThan(0);
    expect(lines).toBeLessThan(3000);
    if (signal === 'SIGINT') {
      expect(stopped.code).toBe(130);
      expect(stopped.stderr).toMatch(/Stopped after .* lines\. Go on with the same command and --resume/);
      // What a clean stop says is done is exactly what is there.
      expect(rowsOf(at.read('out.jsonl.partial'))).toHaveLength(lines);
    } else expect(stopped.signal).toBe('SIGKILL');
    // Without --resume nothing is overwritten.
    expect(refusal(await embed([at.input, '-o', at.output]))).toMatch(/--resume.*--overwrite/s);
    const resumed = await embed([at.input, '-o', at.output, '--resume']);
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).toMatch(/Going on after [\d,]+ lines/);
    expect(at.read('out.jsonl') === whole.stdout).toBe(true);
    expect(at.files()).toEqual(['in.jsonl', 'out.jsonl']);
    const again = await embed([at.input, '-o', at.output, '--resume']);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('is complete')]);
  });

  it('is not continued with other settings, another input, or a file that was cut', async () => {
    const at = place(manyRows(3000));
    await interrupted(at, 'SIGKILL');
    const go = (...more: string[]) => embed([at.input, '-o', at.output, '--resume', ...more]);
    expect(refusal(await go('--pooling', 'cls'))).toMatch(/another settings/);
    const text = at.read('in.jsonl');
    writeFileSync(at.input, text.replace('peace', 'Peace'));
    expect(refusal(await go())).toMatch(/another input/);
    writeFileSync(at.input, text);
    writeFileSync(`${at.output}.partial`, '');
    expect(refusal(await go())).toMatch(/partial has 0 bytes, fewer than/);
    writeFileSync(`${at.output}.progress.json`, '{"run":{}}');
    expect(refusal(await go())).toMatch(/does not say how far/);
    const over = await embed([at.input, '-o', at.output, '--overwrite']);
    expect(over.code).toBe(0);
    expect(rowsOf(at.read('out.jsonl'))).toHaveLength(3000);
  });
});

describe('embed refuses', () => {
  it.each([
    ['no JSON', '{"text":', /line 4: it is not JSON/],
    ['an array', '["a"]', /line 4: it is neither a text nor an object/],
    ['another field', '{"body":"a"}', /line 4: it has no text named 'text'\. See --field/],
    ['a text that is none', '{"text":7}', /line 4: it has no text named 'text'/],
  ])('%s, naming the line, blank ones counted', async (_, bad, message) => {
    const at = place(`"peace"\n\n"laws"\n${bad}\n"peace"\n`);
    expect(refusal(await embed([at.input, '-o', at.output]))).toMatch(message);
    // The good lines before it are kept, and the output has no name yet.
    expect(rowsOf(at.read('out.jsonl.partial'))).toHaveLength(2);
    expect(at.files()).not.toContain('out.jsonl');
  });

  it('a bad line of standard input, by its number', async () => {
    const { stderr, stdout, code } = await embed(['-', '-o', '-'], { input: '"peace"\n\n3\n' });
    expect(code).toBe(2);
    expect(stderr).toMatch(/standard input, line 3: it is neither a text nor an object/);
    expect(rowsOf(stdout)).toHaveLength(1);
  });

  it('bytes that are no UTF-8, by the right number also in a shard', async () => {
    const rows = manyRows(50).map((row) => `${JSON.stringify(row)}\n`);
    const at = place('');
    const good = Buffer.from(rows.join(''));
    const bad = Buffer.from(good);
    const where = Buffer.byteLength(rows.slice(0, 40).join('')) + rows[40]!.indexOf('text":"') + 7;
    bad[where] = 0xff;
    writeFileSync(at.input, bad);
    const args = [at.input, '-o', at.output, '--shard', '1/2'];
    expect(refusal(await embed(args))).toMatch(/in\.jsonl, line 41: it is not UTF-8/);
  });

  it('a text that is too long when it may not be cut', async () => {
    const at = place(['peace', 'peace '.repeat(200)]);
    expect(refusal(await embed([at.input, '-o', at.output, '--no-truncate']))).toMatch(
      /line 2: The input has \d+ tokens/,
    );
    const cut = await embed([at.input, '-o', at.output, '--overwrite']);
    expect(cut.code).toBe(0);
  });

  it('what is there already, what is not there, and what streams cannot do', async () => {
    const at = place(['peace']);
    writeFileSync(at.output, 'mine');
    expect(refusal(await embed([at.input, '-o', at.output]))).toMatch(/is there already.*--overwrite/s);
    expect(at.read('out.jsonl')).toBe('mine');
    const other = `${at.output}.2`;
    for (const [args, message] of [
      [[`${at.input}.none`, '-o', other], /does not exist/],
      [[model, '-o', other], /is no file/],
      [['-', '-o', other, '--shard', '0/2'], /cannot be cut into shards/],
      [['-', '-o', other, '--resume'], /cannot be resumed/],
      [[at.input, '-o', '-', '--resume'], /cannot be resumed/],
      [[at.input, '-o', join(at.output, 'x', 'y')], /Could not write/],
    ] as const) {
      expect(refusal(await embed(args))).toMatch(message);
    }
    const json = await embed([at.input, '-o', '-', '--json']);
    expect(JSON.parse(json.stdout).error.message).toMatch(/cannot carry both/);
  });
});
