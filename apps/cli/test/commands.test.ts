import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { cli, refusal, smallCorpus, temporaryFolder } from './cli.js';

const golden = fileURLToPath(new URL('../../../packages/backend-conformance/test/golden', import.meta.url));

/** Standard output as the one JSON document that it must be. */
async function json(args: string[], options: Parameters<typeof cli>[1] = {}) {
  const result = await cli([...args, '--json'], options);
  return { ...result, document: JSON.parse(result.stdout) };
}

describe('doctor', () => {
  it('names every backend, the one chosen, and why', async () => {
    const { code, document } = await json(['doctor'], { env: { LOOKUPFFN_BACKEND: '' } });
    expect(code).toBe(0);
    const names = document.backends.map((backend: { name: string }) => backend.name);
    expect(names).toEqual(expect.arrayContaining(['native', 'wasm', 'reference']));
    for (const backend of document.backends) expect(backend.reason.length).toBeGreaterThan(5);
    expect(document.backends.filter((b: { chosen: boolean }) => b.chosen)).toHaveLength(1);
    expect(document.machine.node).toBe(process.versions.node);
  });

  it('shows what LOOKUPFFN_BACKEND forces, and that it costs speed', async () => {
    const { code, stdout } = await cli(['doctor'], { env: { LOOKUPFFN_BACKEND: 'reference' } });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^reference +runs +chosen/m);
    expect(stdout).toContain('asked for by LOOKUPFFN_BACKEND');
    expect(stdout).toMatch(/wasm.* runs here too and is faster/);
  });
});

describe('conformance', () => {
  it('passes on the reference with golden cases, in a table', async () => {
    const args = ['conformance', '--backend', 'reference', '--cases', golden, '--filter', 'golden'];
    const { code, stdout } = await cli(args);
    expect(stdout).toMatch(/golden prepare\.lookupFfn +\S.* +\d+ +0 +0/);
    expect(stdout).toMatch(/\d+ passed, 0 failed, 0 skipped\n$/);
    expect(code).toBe(0);
  });

  it('exits with 1 and names the case when one fails', async () => {
    const folder = join(temporaryFolder(), 'golden');
    cpSync(join(golden, 'tiny.safetensors'), join(folder, 'wrong.safetensors'));
    const file = readFileSync(join(folder, 'wrong.safetensors'));
    const headerLength = Number(file.readBigUInt64LE(0));
    const header = JSON.parse(file.subarray(8, 8 + headerLength).toString());
    file.writeDoubleLE(1e3, 8 + headerLength + header['expect.y'].data_offsets[0]);
    writeFileSync(join(folder, 'wrong.safetensors'), file);
    const args = ['conformance', '--backend', 'reference', '--cases', folder, '--filter', 'golden'];
    const { code, document, stderr } = await json(args);
    expect(code).toBe(1);
    expect(document.failed).toBeGreaterThan(0);
    expect(stderr).toMatch(/FAILED golden .*wrong.*: y: error/);
  });

  it('refuses a folder without cases and a filter that meets none', async () => {
    const empty = await cli(['conformance', '--cases', temporaryFolder()]);
    expect(empty.code).toBe(2);
    expect(empty.stderr).toContain('no golden case');
    const none = await cli(['conformance', '--filter', 'nothing is called this']);
    expect(none.code).toBe(2);
  });
});

describe('bench ffn', () => {
  it('compares the two at every batch size, with rates that follow from the times', async () => {
    const size = [
      '--d',
      '64',
      '--tables',
      '8',
      '--tau',
      '6',
      '--block',
      '8',
      '--layers',
      '2',
      '--repeat',
      '3',
    ];
    const { code, document } = await json(['bench', 'ffn', ...size, '--tokens', '1,5']);
    expect(code).toBe(0);
    expect(document.rows.map((row: { tokens: number }) => row.tokens)).toEqual([1, 5]);
    expect(document.intermediate).toBe(256);
    for (const { dense, lookup, ratio } of document.rows) {
      expect(ratio).toBeGreaterThan(0);
      // Dense FLOP a token by the convention: 2 * 2 * d * 4d.
      expect(dense.gigaflopsPerSecond * dense.microsPerToken * 1e3).toBeCloseTo(4 * 64 * 256, 3);
      // BH4: R (2 stages P b + stages P log2 P); hash 3 h tau; gather 2 h o.
      const flops = 2 * 4 * 64 * 8 + 4 * 64 * 6 + 3 * 8 * 6 + 2 * 8 * 64;
      expect(lookup.gigaflopsPerSecond * lookup.microsPerToken * 1e3).toBeCloseTo(flops, 3);
      expect(lookup.gigabytesPerSecond).toBeGreaterThan(0);
    }
  });

  it('prints a table without --json', async () => {
    const size = [
      '--d',
      '16',
      '--tables',
      '2',
      '--tau',
      '3',
      '--block',
      '4',
      '--layers',
      '1',
      '--repeat',
      '2',
    ];
    const { code, stdout } = await cli(['bench', 'ffn', ...size, '--tokens', '2']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ +2 .*x ±\d+%$/m);
  });

  it('has lines for every number of threads, also where one is given twice', async () => {
    const size = ['--d', '16', '--tables', '2', '--tau', '3', '--block', '4', '--layers', '1', '-r', '2'];
    const { document } = await json(['bench', 'ffn', ...size, '-p', '2,3', '-t', '2,1,2']);
    const lines = document.records.map(
      (r: Record<string, unknown>) => `${r.threads} threads, ${r.tokens} ${r.ffn}`,
    );
    const expected = [2, 1].flatMap((threads) =>
      [2, 3].flatMap((tokens) => ['dense', 'lookup'].map((ffn) => `${threads} threads, ${tokens} ${ffn}`)),
    );
    expect(lines).toEqual(expected);
  });
});

describe('bench layer and model', () => {
  const small = ['--d', '16', '--heads', '2', '--tables', '4', '--tau', '2', '--block', '4', '-r', '2'];

  it('has a line for every FFN, batch, length and number of threads', async () => {
    const lists = ['-p', '4,8', '-b', '1,3', '-t', '1,2', '--backend', 'native', '--layers', '2'];
    const { code, document } = await json(['bench', 'layer', ...small, ...lists]);
    expect(code).toBe(0);
    const shapes = document.records.map(
      (r: Record<string, unknown>) => `${r.ffn} ${r.batch}x${r.tokens} ${r.threads}`,
    );
    expect(new Set(shapes).size).toBe(16);
    for (const record of document.records) {
      expect(record).toMatchObject({ test: 'layer', backend: 'native', dtype: 'f32' });
      expect(record.microsPerToken * record.tokensPerSecond).toBeCloseTo(1e6, 3);
      expect(record.rooflineShare).toBeGreaterThan(0);
    }
    expect(document.rooflines['2'].levels.at(-1).name).toBe('DRAM');
  });

  it('measures a backend once that runs on fewer threads than asked for, and says so', async () => {
    const lists = ['-p', '4,8', '-t', '1,2', '--backend', 'reference', '--layers', '1'];
    const { document, stderr } = await json(['bench', 'layer', ...small, ...lists]);
    expect(document.records).toHaveLength(2 * 2);
    expect(stderr).toMatch(/reference runs on 1 threads where 2 are asked for; measured once/);
  });

  it('writes tables and CSV, and refuses more tokens than a model takes', async () => {
    const shape = [...small, '--layers', '1', '-p', '4', '--ffn', 'lookup', '--backend', 'wasm'];
    const table = await cli(['bench', 'model', ...shape, '-o', 'md']);
    expect(table.stdout).toMatch(/\| model \| lookup \| wasm \| .* \| - \| /);
    const csv = await cli(['bench', 'layer', ...shape, '-o', 'csv']);
    const [head, line, ...rest] = csv.stdout.trim().split('\n');
    expect(head).toMatch(/^cpu,test,ffn,/);
    expect(line!.split(',').length).toBeGreaterThanOrEqual(head!.split(',').length);
    expect(rest).toEqual([]);
    expect((await cli(['bench', 'model', ...shape, '-p', '2000000'])).code).toBe(2);
  });
});

describe('train, eval, fill-mask, pack, profile, serve', () => {
  let corpus: string;
  let folder: string;
  const quick = ['--preset', 'tiny', '--batch', '2', '--sequence', '16'];

  beforeAll(async () => {
    corpus = smallCorpus();
    folder = join(temporaryFolder(), 'model');
    const made = await cli(['train', ...quick, '--steps', '3', '--corpus', corpus, '--out', folder]);
    if (made.code !== 0) throw new Error(made.stderr);
  });

  it('a model trained with either FFN is evaluated on what was held out, or on another text', async () => {
    const dense = join(temporaryFolder(), 'dense');
    const args = ['train', ...quick, '--steps', '2', '--ffn', 'dense', '--corpus', corpus, '--out', dense];
    const trained = await json(args);
    expect(trained.document.steps).toBe(2);
    for (const model of [folder, dense]) {
      const heldOut = await json(['eval', model]);
      const all = await json(['eval', model, '--corpus', corpus]);
      expect(heldOut.code).toBe(0);
      expect(all.document.sequences).toBeGreaterThan(heldOut.document.sequences);
      expect(heldOut.document.perplexity).toBeCloseTo(Math.exp(heldOut.document.logPerplexity), 6);
      const { logPerplexity, bitsPerByte, tables } = heldOut.document;
      // A token of English is some three to six bytes.
      expect(bitsPerByte).toBeGreaterThan(logPerplexity / Math.LN2 / 8);
      expect(bitsPerByte).toBeLessThan(logPerplexity / Math.LN2);
      expect(tables.layers).toHaveLength(model === dense ? 0 : 2);
      const some = await json(['eval', model, '--corpus', corpus, '--sequences', '3', '--dtype', 'int8']);
      expect(some.document).toMatchObject({ sequences: 3, dtype: 'int8' });
      const exact = await json(['eval', model, '--corpus', corpus, '--sequences', '3']);
      expect(Math.abs(some.document.logPerplexity - exact.document.logPerplexity)).toBeLessThan(0.01);
      if (model === folder) expect(some.document.logPerplexity).not.toBe(exact.document.logPerplexity);
    }
    expect(JSON.parse(readFileSync(join(dense, 'config.json'), 'utf8')).ffn).toEqual({ type: 'dense' });
  });

  it('a checkpoint is evaluated as its run is, and all of a text that is one document', async () => {
    const { document } = await json(['eval', folder]);
    const checkpoint = await json(['eval', join(folder, 'training', 'checkpoints', 'step-00000003')]);
    expect(checkpoint.document.logPerplexity).toBe(document.logPerplexity);
    const one = join(temporaryFolder(), 'one.jsonl');
    writeFileSync(one, JSON.stringify({ text: 'We must keep our promises to the people. '.repeat(50) }));
    const whole = await json(['eval', folder, '--corpus', one]);
    expect(whole.code).toBe(0);
    expect(whole.document.sequences).toBeGreaterThan(0);
  });

  it('a run goes on to the same losses after Ctrl-C', async () => {
    const losses = (run: string) =>
      readFileSync(join(run, 'training', 'metrics.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).loss);
    const args = ['train', ...quick, '--steps', '60', '--corpus', corpus, '--out'];
    const whole = join(temporaryFolder(), 'whole');
    expect((await cli([...args, whole])).code).toBe(0);
    const cut = join(temporaryFolder(), 'cut');
    let pressed = false;
    const stopped = await cli([...args, cut], {
      onStderr: (text, child) => {
        if (pressed || !/step +\d+\//.test(text)) return;
        pressed = true;
        child.kill('SIGINT');
      },
    });
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toContain(`main.js train --resume --out ${cut}`);
    expect(losses(cut).length).toBeLessThan(60);
    expect((await cli(['train', '--resume', '--out', cut])).code).toBe(0);
    expect(losses(cut)).toEqual(losses(whole));
  });

  it('a run branches off from a checkpoint of another, and ends as if trained in one go', async () => {
    const shared = ['train', ...quick, '--corpus', corpus, '--warmup-steps', '2'];
    const [trunk, branch, whole] = ['trunk', 'branch', 'whole'].map((name) =>
      join(temporaryFolder(), name),
    ) as [string, string, string];
    const kept = ['--save-steps', '6', '--save-total-limit', '5'];
    expect(
      (await cli([...shared, '--schedule', 'constant', '--steps', '12', ...kept, '--out', trunk])).code,
    ).toBe(0);
    const end = ['--schedule', 'warmup_stable_decay', '--steps', '10', '--decay-steps', '4'];
    const from = ['--from', trunk, '--from-step', '6'];
    const branched = await json(['train', ...from, ...end, '--out', branch]);
    const expected = await json([...shared, ...end, '--out', whole]);
    expect(branched.document.validation).toEqual(expected.document.validation);
    // The newest checkpoint of the trunk is past the end.
    const late = join(temporaryFolder(), 'late');
    expect(refusal(await cli(['train', '--from', trunk, ...end, '--out', late]))).toMatch(
      /step 12 of .*options\.steps \(12 are done, now 10\)/,
    );
    expect(existsSync(late)).toBe(false);
  });

  it.each([
    [['--from', 'runs/none'], /no run in runs\/none to go on with/],
    [['--from', 'runs/none', '--preset', 'mini'], /--from goes on with the settings.*--preset/],
    [['--from', 'runs/none', '--resume'], /--resume goes on with the settings.*--from/],
    [['--from-step', '3'], /--from-step is of the run that --from names/],
  ])('refuses %j', async (flags, message) => {
    const out = join(temporaryFolder(), 'new');
    expect(refusal(await cli(['train', ...flags, '--out', out]))).toMatch(message);
    expect(existsSync(out)).toBe(false);
  });

  it('a run starts in a new or empty folder only', async () => {
    const again = await cli(['train', ...quick, '--steps', '2', '--corpus', corpus, '--out', folder]);
    expect(again.code).toBe(2);
    expect(again.stderr).toMatch(/holds a run already.*--resume/);
  });

  it('fills the masks of arguments and of standard input alike', async () => {
    const texts = ['The people must <mask> schools.', 'Our <mask> will support <mask> trade.'];
    const given = await json(['fill-mask', folder, '--top-k', '4', ...texts]);
    const piped = await json(['fill-mask', folder, '--top-k', '4'], { input: `${texts.join('\n')}\n` });
    expect(given.document.results).toEqual(piped.document.results);
    const [one, two] = given.document.results;
    expect(one.masks).toHaveLength(1);
    expect(two.masks).toHaveLength(2);
    expect(one.masks[0]).toHaveLength(4);
    const scores = one.masks[0].map((candidate: { score: number }) => candidate.score);
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(one.masks[0][0].sequence).toMatch(/^The people must.*schools\.$/);
  });

  it('packs a model, which then fills masks as its folder does', async () => {
    const text = 'The people must <mask> schools.';
    const { code, document } = await json(['pack', folder, '--backend', 'native']);
    expect(code).toBe(0);
    expect(document).toMatchObject({ path: join(folder, 'model.lffn'), dtypes: ['f32'] });
    expect(document.layout).toMatch(/^native-/);
    const packed = await json(['fill-mask', document.path, '--backend', 'native', text]);
    const plain = await json(['fill-mask', folder, '--backend', 'native', text]);
    expect(packed.document.results).toEqual(plain.document.results);
    // Another instruction set's: prepared from the checkpoint.
    const other = await json(['fill-mask', document.path, '--backend', 'wasm', text]);
    expect(other.document.results[0].masks[0][0].token).toBe(plain.document.results[0].masks[0][0].token);
    const input = join(temporaryFolder(), 'in.jsonl');
    writeFileSync(input, '"peace"\n"The people must build schools."\n');
    const vectors: string[] = [];
    for (const model of [folder, document.path]) {
      const output = `${input}.${vectors.length}`;
      expect((await cli(['embed', input, '-o', output, '-m', model, '--backend', 'native'])).code).toBe(0);
      vectors.push(readFileSync(output, 'utf8'));
    }
    expect(vectors[1]).toBe(vectors[0]);
    expect((await cli(['pack', '--verify', document.path])).stdout).toContain('whole');
    const file = readFileSync(document.path);
    file[file.length - 1]! ^= 1;
    writeFileSync(document.path, file);
    const damaged = await cli(['pack', '--verify', document.path]);
    expect(damaged.code).toBe(2);
    expect(damaged.stderr).toMatch(/has been altered/);
    file[file.length - 1]! ^= 1;
    writeFileSync(document.path, file);
  });

  it('tunes a model within a budget; sessions use it, say so, and can be told not to', async () => {
    const env = { XDG_CACHE_HOME: temporaryFolder() };
    const args = [
      'tune',
      folder,
      '--backend',
      'native',
      '-p',
      '8',
      '-r',
      '3',
      '-t',
      '1',
      '--max-error',
      '0.02',
    ];
    const { code, document } = await json(args, { env });
    expect(code).toBe(0);
    expect(document.file.startsWith(env.XDG_CACHE_HOME)).toBe(true);
    const { error, microsPerToken, defaultMicrosPerToken } = document.tuning;
    expect(error).toBeLessThanOrEqual(0.02);
    expect(microsPerToken).toBeLessThanOrEqual(defaultMicrosPerToken * 1.001);
    const [plain] = document.trials;
    expect(plain).toMatchObject({ precision: { linearDtype: 'f32', tableDtype: 'f32' }, error: 0 });
    const fill = ['fill-mask', folder, '--backend', 'native', 'The people must <mask> schools.'];
    expect((await cli(fill, { env })).stderr).toMatch(/Tuned: .*LOOKUPFFN_TUNE=off/);
    expect((await cli(fill, { env: { ...env, LOOKUPFFN_TUNE: 'off' } })).stderr).not.toContain('Tuned');
    writeFileSync(document.file, '{"version":1,');
    const broken = await cli(fill, { env });
    expect(broken.code).toBe(0);
    expect(broken.stderr).toMatch(/tuning cache was ignored/);
    expect((await cli([...args, '--forget'], { env })).code).toBe(0);
    expect((await cli(fill, { env })).stderr).not.toMatch(/[Tt]un/);
  });

  it('profiles a model and writes a page with plots', async () => {
    const page = join(temporaryFolder(), 'profile.html');
    const one = ['--tables', '2,4', '--bits', '2', '--block', '8', '--batch', '1'];
    const args = ['profile', folder, '-p', '4', '-r', '2', '--threads', '1', '--html', page, ...one];
    const { code, document } = await json(args);
    expect(code).toBe(0);
    expect(document.sweep).toHaveLength(5);
    for (const { workingSet, measuredMicros, flopPerToken } of document.layers) {
      expect(Math.min(workingSet, measuredMicros, flopPerToken)).toBeGreaterThan(0);
    }
    const [two, four] = document.sweep;
    expect(four.workingSet).toBeGreaterThan(two.workingSet);
    const html = readFileSync(page, 'utf8');
    expect(html.match(/<svg /g)).toHaveLength(4);
    expect(html).not.toMatch(/(?:src|href)=|NaN|undefined/);
  });

  it('serves models until Ctrl-C, a packed one too', async () => {
    const answers: unknown[] = [];
    let asked = false;
    const packed = join(folder, 'model.lffn');
    const result = await cli(['serve', folder, '-m', packed, '--port', '0', '--json'], {
      // The address goes to standard error when standard output carries the document.
      onStderr: (text, child) => {
        const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(text)?.[0];
        if (!url || asked) return;
        asked = true;
        const ask = async () => {
          const body = JSON.stringify({ inputs: 'The <mask> must act.', top_k: 2 });
          answers.push(await (await fetch(new URL('/info', url))).json());
          answers.push(await (await fetch(new URL('/fill-mask', url), { method: 'POST', body })).json());
        };
        ask()
          .catch((error) => answers.push(error))
          .finally(() => child.kill('SIGINT'));
      },
    });
    expect(result.code).toBe(0);
    const [info, filled] = answers as [
      { models: { name: string; ffn: string }[] },
      { results: { predictions: unknown[][] }[] },
    ];
    expect(info.models).toMatchObject([packed, folder].map((name) => ({ name, ffn: 'lookup' })));
    const [one, other] = filled.results;
    expect(one!.predictions[0]).toHaveLength(2);
    expect(one!.predictions).toEqual(other!.predictions);
    expect(JSON.parse(result.stdout).url).toMatch(/^http:/);
  });

  it('writes the page as a site, with sentences that training did not see', async () => {
    const out = join(temporaryFolder(), 'site');
    const first = await json(['page', folder, '-o', out]);
    expect(first.document).toMatchObject({ folder: out, models: [{ folder }] });
    const read = (name: string) => JSON.parse(readFileSync(join(out, name), 'utf8'));
    const page = read('page.json');
    expect(page).toMatchObject({ server: null, models: [{ ffn: 'lookup', folder: 'models/0/' }] });
    expect(readFileSync(join(out, 'index.html'), 'utf8')).toContain('Content-Security-Policy');
    const { heldOut, corpus: texts } = JSON.parse(readFileSync(join(folder, 'training/data.json'), 'utf8'));
    const unseen = heldOut.map((name: string) => readFileSync(join(texts, name), 'utf8')).join('\n');
    const sentences: string[] = read(page.sentences.file);
    expect(sentences.length).toBeGreaterThan(20);
    expect(sentences.filter((sentence) => !unseen.includes(sentence))).toEqual([]);
    // Again, over the first one; and nothing is left of it, or beside it.
    writeFileSync(join(out, 'left-over'), '');
    expect((await cli(['page', folder, '-o', out])).code).toBe(0);
    expect(readdirSync(join(out, '..'))).toEqual(['site']);
    expect(readdirSync(out)).not.toContain('left-over');
  });

  it('page touches no folder that is not a site, and refuses what is no model', async () => {
    const out = temporaryFolder();
    writeFileSync(join(out, 'mine.txt'), 'mine');
    expect(refusal(await cli(['page', folder, '-o', out]))).toContain('not empty and no earlier site');
    expect(readdirSync(out)).toEqual(['mine.txt']);
    const fresh = join(out, 'fresh');
    expect(refusal(await cli(['page', out, '-o', fresh]))).toContain('no config.json');
    expect(refusal(await cli(['page', join(out, 'mine.txt'), '-o', fresh]))).toContain('it is a file');
    expect(refusal(await cli(['page', folder, '-o', fresh, '--corpus', join(out, 'none')]))).toContain(
      'none',
    );
    expect(readdirSync(out)).toEqual(['mine.txt']);
  });

  it('serve refuses a folder that is no model and a port in use', async () => {
    expect((await cli(['serve', temporaryFolder()])).code).toBe(2);
    expect((await cli(['serve', folder, '--port', '70000'])).code).toBe(2);
  });
});
