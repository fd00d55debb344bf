// Shared by the runs: flags, medians, and who measured.
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';

/** Flags of numbers and texts with their defaults; an unknown one, or what is no number, ends the run. */
export function flags(defaults) {
  const options = Object.fromEntries(Object.keys(defaults).map((name) => [name, { type: 'string' }]));
  const { values } = parseArgs({ options });
  return Object.fromEntries(
    Object.entries(defaults).map(([name, fallback]) => {
      const text = values[name];
      if (text === undefined || typeof fallback !== 'number') return [name, text ?? fallback];
      const value = Number(text);
      if (!(value > 0)) throw new Error(`--${name} is '${text}'; it must be a positive number`);
      return [name, value];
    }),
  );
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A line that says where numbers come from. */
export function provenance() {
  const git = (...args) => execFileSync('git', args, { encoding: 'utf8' }).trim();
  let commit = 'no git';
  try {
    commit =
      git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : ' and changes');
  } catch {
    // A copy without its history.
  }
  const cpu = cpus()[0]?.model ?? 'unknown CPU';
  const date = new Date().toISOString().slice(0, 10);
  return `commit ${commit}, ${date}, ${cpu} (${availableParallelism()} CPUs), Node ${process.versions.node}`;
}

/** Says whether each bar is met; the exit code tells, too. */
export function judge(bars) {
  for (const [name, met, found] of bars) console.log(`${met ? 'met ' : 'MISSED'}  ${name}: ${found}`);
  process.exitCode = bars.every(([, met]) => met) ? 0 : 1;
}
