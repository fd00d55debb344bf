import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LookupFfnError, throwIfAborted } from '@lookupffn/core';
import { writeJsonFile } from '@lookupffn/core/node';
import type { TrainPresetName } from '../training/presets.js';
import { count } from '../ui/format.js';
import type { Io } from '../ui/io.js';
import type { AblationRun } from './grid.js';

export interface TrainAllOptions {
  readonly folder: string;
  /** Of the grid: `train` lays a configuration over a preset, and that of another one would fill what this leaves out. */
  readonly preset: TrainPresetName;
  readonly corpus?: string;
  /** Runs at a time. */
  readonly parallel: number;
  /** Threads of each. */
  readonly threads: number;
  readonly backend?: string;
  readonly signal: AbortSignal;
}

export const runFolder = (folder: string, { name }: Pick<AblationRun, 'name'>): string =>
  join(folder, 'runs', name);

/** A run whose model is written has come to its end. A model without a run's state may be any model. */
export const isComplete = (folder: string, run: Pick<AblationRun, 'name'>): boolean =>
  ['run.json', 'model.safetensors'].every((file) => existsSync(join(runFolder(folder, run), file)));

/** Arguments of `lookupffn train` that begin a run, or go on with what is left of it. */
async function trainArguments(run: AblationRun, options: TrainAllOptions): Promise<string[]> {
  const out = runFolder(options.folder, run);
  const common = ['--out', out, '--threads', String(options.threads)];
  const backend = options.backend === undefined ? [] : ['--backend', options.backend];
  if (existsSync(join(out, 'run.json'))) return ['train', '--resume', ...common, ...backend];
  if (run.from !== undefined) {
    const { steps, schedule, decaySteps } = run.config.training;
    const end = Object.entries({ steps, schedule, 'decay-steps': decaySteps });
    const flags = end.flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, String(value)]));
    return [
      'train',
      '--from',
      runFolder(options.folder, { name: run.from }),
      ...flags,
      ...common,
      ...backend,
    ];
  }
  const config = join(options.folder, 'configs', `${run.name}.json`);
  await mkdir(join(options.folder, 'configs'), { recursive: true });
  await writeJsonFile(config, run.config);
  const corpus = options.corpus === undefined ? [] : ['--corpus', options.corpus];
  return ['train', '--preset', options.preset, '--config', config, ...corpus, ...common, ...backend];
}

/** A process that is killed says nothing itself; the system kills one without memory so. */
const killed = (by: NodeJS.Signals) =>
  `killed by ${by}${by === 'SIGKILL' ? ' (out of memory?)' : ''}. The same command goes on with it.`;

/**
 * One run in a process of its own: threads and memory are its own, and a crash ends no other run. The signal reaches it
 * as SIGINT, on which it writes a checkpoint.
 */
function trainOne(
  args: readonly string[],
  signal: AbortSignal,
  onLine: (line: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    // A process group of its own: Ctrl-C in a terminal would reach it twice otherwise, which means "at once".
    const child = spawn(process.execPath, [process.argv[1]!, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    const stop = () => child.kill('SIGINT');
    // A second Ctrl-C ends this process at once; nothing may go on without it.
    const end = () => child.kill('SIGKILL');
    signal.addEventListener('abort', stop, { once: true });
    process.once('exit', end);
    let tail = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      tail = (tail + text).slice(-4000);
      const line = text.trim().split('\n').at(-1);
      if (line) onLine(line);
    });
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      signal.removeEventListener('abort', stop);
      process.off('exit', end);
      if (code === 0) resolve();
      else if (killedBy) reject(new Error(killed(killedBy)));
      else reject(new Error(/error: (.*)/s.exec(tail)?.[1]?.trim() ?? tail.trim()));
    });
  });
}

/**
 * Trains the runs that are not complete, `parallel` at a time. A run that fails does not end the others: its message is
 * in the result, by name. Throws `ABORTED` when the signal has fired and every run has written its checkpoint.
 */
export async function trainAll(
  io: Io,
  runs: readonly AblationRun[],
  options: TrainAllOptions,
): Promise<ReadonlyMap<string, string>> {
  const { folder, signal } = options;
  const waiting = runs.filter((run) => !isComplete(folder, run));
  const lines = new Map<string, string>();
  const failures = new Map<string, string>();
  let done = runs.length - waiting.length;
  if (done > 0) io.note(`${count(done)} of ${count(runs.length)} runs are complete already`);
  const show = () =>
    io.progress.update(() => `${done}/${runs.length} runs done  ${[...lines.values()].join('  |  ')}`);
  const fail = (name: string, message: string) => {
    failures.set(name, message);
    io.note(`${name}: ${message}`);
  };
  const work = async (run: AblationRun) => {
    const { name } = run;
    try {
      await trainOne(await trainArguments(run, options), signal, (line) => {
        lines.set(name, `${name}: ${line}`);
        show();
      });
      done++;
      io.note(`${name}: done`);
    } catch (error) {
      if (!signal.aborted) fail(name, (error as Error).message);
    }
    lines.delete(name);
  };
  /** What others wait for comes first. */
  const takeReady = () => {
    const ready = waiting.filter(({ from }) => from === undefined || isComplete(folder, { name: from }));
    const run = ready.find(({ trunk }) => trunk) ?? ready[0];
    if (run) waiting.splice(waiting.indexOf(run), 1);
    return run;
  };
  const working = new Set<Promise<void>>();
  for (;;) {
    while (!signal.aborted && working.size < options.parallel) {
      const run = takeReady();
      if (!run) break;
      const one = work(run).finally(() => working.delete(one));
      working.add(one);
    }
    if (working.size === 0) break;
    await Promise.race(working);
  }
  throwIfAborted(signal, 'The ablation');
  for (const { name, from } of waiting) fail(name, `${from}, which it goes on from, is not complete`);
  if (failures.size === runs.length) {
    throw new LookupFfnError('INVALID_CONFIG', `Every run failed. The first: ${[...failures.values()][0]}`);
  }
  return failures;
}
