import { spawn } from 'node:child_process';

/** Last-level cache misses while something ran, or why they are not known. */
export interface Misses {
  readonly loads: number | null;
  readonly loadMisses: number | null;
  readonly note: string;
}

/** Lines of `perf stat -x,`: `count,unit,event,...`, with `<not supported>` for the count where it cannot count. */
export function parsePerf(text: string): Misses {
  const counts = new Map(
    text
      .split('\n')
      .map((line) => line.split(','))
      .filter((fields) => fields.length >= 3)
      .map((fields) => [fields[2]!.replace(/:.*$/, ''), Number(fields[0])]),
  );
  const find = (event: string) => {
    const value = counts.get(event);
    return value === undefined || Number.isNaN(value) ? null : value;
  };
  const loadMisses = find('LLC-load-misses');
  const loads = find('LLC-loads');
  const note =
    loadMisses === null
      ? 'Last-level cache misses: perf runs here, but this machine (a virtual one?) does not count them.'
      : `Last-level cache load misses (perf): ${loadMisses}${loads === null ? '' : ` of ${loads} loads`}.`;
  return { loads, loadMisses, note };
}

const unknown = (note: string): Misses => ({ loads: null, loadMisses: null, note });

/** Counts this process's misses while `work` runs, with `perf` where there is one that may. */
export async function countMisses(work: () => Promise<void>): Promise<Misses> {
  const perf = spawn(
    'perf',
    ['stat', '-x', ',', '-e', 'LLC-loads,LLC-load-misses', '-p', String(process.pid)],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, LC_ALL: 'C' } },
  );
  let text = '';
  perf.stderr.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const ended = new Promise<Error | number | null>((resolve) => {
    perf.on('error', resolve);
    perf.on('close', resolve);
  });
  // perf needs a moment to attach; where it cannot run, this is how soon it says so.
  const early = await Promise.race([
    ended,
    new Promise<'running'>((done) => setTimeout(() => done('running'), 300)),
  ]);
  try {
    await work();
  } finally {
    // perf prints its counts when it is interrupted.
    if (early === 'running') perf.kill('SIGINT');
  }
  const how = early === 'running' ? await ended : early;
  if (how instanceof Error)
    return unknown('Last-level cache misses: not counted, for there is no `perf` here.');
  if (early !== 'running') {
    const reason = text.trim().split('\n')[0] ?? '';
    return unknown(
      `Last-level cache misses: perf may not count here (${reason}). See kernel.perf_event_paranoid.`,
    );
  }
  return parsePerf(text);
}
