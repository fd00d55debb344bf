import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { finalValidation } from '../src/training/read-metrics.js';
import { lockFile, withRunLock } from '../src/training/run-lock.js';
import { type CliOptions, cli, refusal, smallCorpus, temporaryFolder } from './cli.js';

const quick = ['--preset', 'tiny', '--batch', '2', '--sequence', '16', '--threads', '1'];
let corpus: string;
beforeAll(() => {
  corpus = smallCorpus();
});
const fresh = (name = 'run') => join(temporaryFolder(), name);
const train = (args: readonly string[], options?: CliOptions) => cli(['train', ...args], options);
const begin = (out: string, ...args: string[]) =>
  train([...quick, '--corpus', corpus, ...args, '--out', out]);
const checkpoints = (out: string) => join(out, 'training', 'checkpoints');

/** Runs a command and, once it trains, the same beside it, after whose end the first is ended. */
async function twice(args: readonly string[], end: NodeJS.Signals) {
  let second: ReturnType<typeof cli> | undefined;
  const first = await train(args, {
    onStderr: (text, child) => {
      if (second || !/step +[\d,]+\//.test(text)) return;
      second = train(args);
      second.then(() => child.kill(end));
    },
  });
  return [first, await second!] as const;
}

describe('the lock of a run', () => {
  const lock = (folder: string, holder: object | string) =>
    writeFileSync(
      join(folder, lockFile),
      typeof holder === 'string' ? holder : `${JSON.stringify({ host: hostname(), ...holder })}\n`,
    );

  it('is there while work is done, and goes with the folders that were made for it', async () => {
    const top = temporaryFolder();
    const folder = join(top, 'a', 'b');
    await withRunLock(folder, async () => {
      expect(readdirSync(folder)).toEqual([lockFile]);
      await expect(withRunLock(folder, async () => {})).rejects.toMatchObject({ code: 'RUN_MISMATCH' });
    });
    expect(readdirSync(top)).toEqual([]);
    await expect(withRunLock(folder, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(readdirSync(top)).toEqual([]);
  });

  it('of a process that is gone is taken over, and one that a kill left unwritten', async () => {
    const folder = temporaryFolder();
    const gone = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => gone.on('close', resolve));
    // In a container the next process may have the number of the one that was killed.
    for (const holder of [{ pid: gone.pid }, { pid: process.pid }, '', '{"pi']) {
      lock(folder, holder);
      expect(await withRunLock(folder, async () => readdirSync(folder))).toEqual([lockFile]);
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  it('of a process at work, or of another machine, is left alone', async () => {
    const folder = temporaryFolder();
    const work = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    try {
      lock(folder, { pid: work.pid });
      const message = new RegExp(`in use by process ${work.pid} on this machine. Wait for it or stop it`);
      await expect(withRunLock(folder, async () => {})).rejects.toThrow(message);
    } finally {
      work.kill();
    }
    lock(folder, { pid: 1, host: 'elsewhere' });
    await expect(withRunLock(folder, async () => {})).rejects.toThrow(/process 1 on elsewhere.*run\.lock/);
    expect(existsSync(join(folder, lockFile))).toBe(true);
  });

  it('keeps two trainings, resumed or branched off, out of each other', async () => {
    const [trunk, branch] = [fresh('trunk'), fresh('branch')];
    const begun = [...quick, '--corpus', corpus, '--steps', '90000', '--schedule', 'constant'];
    const [killed, second] = await twice([...begun, '--out', trunk], 'SIGKILL');
    expect(killed.signal).toBe('SIGKILL');
    expect(refusal(second)).toMatch(/in use by process \d+ on this machine/);
    // The lock that the kill has left is of nobody.
    const [resumed, again] = await twice(['--resume', '--out', trunk], 'SIGINT');
    expect(resumed.code).toBe(130);
    expect(refusal(again)).toMatch(/in use by process/);
    const [branched, beaten] = await twice(['--from', trunk, '--out', branch], 'SIGINT');
    expect(branched.code).toBe(130);
    expect(refusal(beaten)).toMatch(/in use by process/);
    expect(readdirSync(checkpoints(branch))).not.toEqual([]);
    expect(existsSync(join(branch, 'run.json'))).toBe(true);
    expect(existsSync(join(branch, lockFile))).toBe(false);
  });
});

describe('a run that is gone on with', () => {
  it('says that its checkpoints are gone before it begins again', async () => {
    const out = fresh();
    expect((await begin(out, '--steps', '3')).code).toBe(0);
    rmSync(checkpoints(out), { recursive: true });
    const resumed = await train(['--resume', '--out', out]);
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).toMatch(/warning: .*metrics up to step 3 but no checkpoint.*begins again/);
  });

  it('takes another text by force, and says so; other threads it says only', async () => {
    const out = fresh();
    const own = smallCorpus();
    const made = await train([...quick, '--corpus', own, '--steps', '3', '--out', out]);
    expect(made.code).toBe(0);
    const recipe = () => JSON.parse(readFileSync(join(out, 'training', 'data.json'), 'utf8'));
    const before = recipe();
    appendFileSync(join(own, 'text-00.txt'), 'One more sentence, which was not there. '.repeat(50));
    const resume = ['--resume', '--threads', '1', '--out', out];
    expect(refusal(await train(resume))).toMatch(/differs in the corpus.*--force/s);
    const forced = await train([...resume, '--force']);
    expect(forced.code).toBe(0);
    expect(forced.stderr).toMatch(/not as it was at the checkpoint: the corpus/);
    expect(recipe().corpusHash).not.toBe(before.corpusHash);
    const other = await train(['--resume', '--backend', 'reference', '--out', out]);
    expect(other.stderr).toMatch(/not as it was at the checkpoint: the backend \(was .*, now reference/);
    const branch = ['--from', out, '--corpus', corpus, '--steps', '5', '--schedule', 'linear'];
    expect(refusal(await train([...branch, '--out', fresh()]))).toMatch(/Leave --corpus out/);
  });

  it('names the command that goes on after a divergence, which does', async () => {
    const out = fresh();
    expect((await begin(out, '--steps', '4', '--save-steps', '2', '--schedule', 'constant')).code).toBe(0);
    rmSync(join(checkpoints(out), 'step-00000004'), { recursive: true });
    const path = join(checkpoints(out), 'step-00000002', 'model.safetensors');
    const good = readFileSync(path);
    const broken = Buffer.from(good);
    // Finite, so that it loads, and far too large.
    const header = JSON.parse(good.subarray(8, 8 + Number(good.readBigUInt64LE(0))).toString());
    const key = Object.keys(header).find((name) => name.endsWith('word_embeddings.weight'))!;
    const [start, end] = header[key].data_offsets;
    const data = 8 + Number(good.readBigUInt64LE(0));
    for (let at = start; at < end; at += 4) broken.writeFloatLE(3e38, data + at);
    writeFileSync(path, broken);
    const diverged = await train(['--resume', '--threads', '1', '--out', out]);
    expect(diverged.code).toBe(1);
    const { args } = /diverged at step 3.* train (?<args>--from .*) \(--from-step/s.exec(diverged.stderr)!
      .groups!;
    expect(args!.trim()).toBe(`--from ${out} --out ${out}-lower --learning-rate 0.0005`);
    writeFileSync(path, good);
    expect((await train(args!.trim().split(' '))).code).toBe(0);
  });

  it('reports the evaluation of the model that it leaves', async () => {
    const out = fresh();
    const rates = ['--learning-rate', '0.5', '--warmup-steps', '0'];
    const best = ['--steps', '6', '--eval-steps', '1', '--load-best-model-at-end', '--json'];
    const made = await begin(out, ...rates, ...best);
    const document = JSON.parse(made.stdout);
    const evaluated = readFileSync(join(out, 'training', 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).validation);
    const values = evaluated.map(({ logPerplexity }) => logPerplexity);
    const step = values.indexOf(Math.min(...values)) + 1;
    expect(step).toBeLessThan(6);
    expect(document).toMatchObject({ steps: 6, step, validation: evaluated[step - 1] });
    expect(await finalValidation(join(out, 'training'), 6)).toEqual(evaluated[step - 1]);
  });
});

describe('what cannot be gone on with', () => {
  it('is said with what to do about it', async () => {
    const out = fresh();
    expect(refusal(await train(['--from', 'nowhere', '--out', out]))).toMatch(
      /no run in nowhere.*--from takes/,
    );
    expect(refusal(await begin(out, '--force'))).toMatch(/--force is for --resume and --from/);
    const damaged = temporaryFolder();
    writeFileSync(join(damaged, 'run.json'), '{');
    for (const flag of ['--resume', '--from']) {
      const args = flag === '--resume' ? [flag, '--out', damaged] : [flag, damaged, '--out', out];
      const message = refusal(await train(args));
      expect(message).toMatch(/run\.json is not JSON.*another --out, or move .* away/);
      expect(message).not.toMatch(/Leave --resume out/);
    }
  });

  it('a share of held-out text that cannot be is refused before the tokenizer is trained', async () => {
    const out = fresh();
    const config = join(temporaryFolder(), 'config.json');
    writeFileSync(config, '{"validationFraction":2}');
    const result = await begin(out, '--config', config);
    expect(refusal(result)).toMatch(/validationFraction is 2/);
    expect(result.stderr).not.toMatch(/Kernel|tokenizer/);
    expect(existsSync(out)).toBe(false);
  });

  it.runIf(existsSync('/proc/self'))('tokens are not kept where no folder can be made', async () => {
    expect(refusal(await begin(fresh(), '--token-cache', '/proc/lookupffn'))).toMatch(
      /keep tokens in \/proc\/lookupffn/,
    );
  });
});
