import type { Machine } from '../doctor/machine.js';
import type { Roofline } from '../machine/roofline.js';
import { bytes, percent } from '../ui/format.js';
import type { Io } from '../ui/io.js';
import type { BenchRecord } from './record.js';

export const outputs = ['md', 'csv', 'json'] as const;
export type Output = (typeof outputs)[number];

export interface BenchResult {
  readonly machine: Machine;
  /** By number of threads. */
  readonly rooflines: Readonly<Record<number, Roofline>>;
  readonly records: readonly BenchRecord[];
}

const columns = [
  ['test', (r) => r.test],
  ['ffn', (r) => r.ffn],
  ['backend', (r) => r.backend],
  ['ISA', (r) => r.isa],
  ['threads', (r) => String(r.threads)],
  ['dtype', (r) => r.dtype],
  ['batch', (r) => String(r.batch)],
  ['tokens', (r) => String(r.tokens)],
  ['us/token', (r) => `${r.microsPerToken.toPrecision(4)} ±${(r.spread * 50).toFixed(0)}%`],
  ['tokens/s', (r) => r.tokensPerSecond.toPrecision(4)],
  ['GFLOP/s', (r) => r.gigaflopsPerSecond.toPrecision(3)],
  ['GB/s', (r) => r.gigabytesPerSecond.toPrecision(3)],
  ['roofline', (r) => (r.rooflineShare === null ? '-' : `${percent(r.rooflineShare, 0)} (${r.boundBy})`)],
  ['peak RSS', (r) => bytes(r.peakRssBytes)],
] as const satisfies readonly (readonly [string, (record: BenchRecord) => string])[];

const leftColumns = new Set(['test', 'ffn', 'backend', 'ISA', 'dtype']);

function markdown({ machine, rooflines, records }: BenchResult): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const limits = Object.entries(rooflines).map(([threads, { flopPerSecond, levels }]) => {
    const reads = levels.map(({ name, bytesPerSecond }) => `${name} ${(bytesPerSecond / 1e9).toFixed(1)}`);
    return `measured limits, threads ${threads}: ${(flopPerSecond / 1e9).toFixed(1)} GFLOP/s; GB/s read: ${reads.join(', ')}`;
  });
  return [
    `${machine.cpu}, ${machine.platform}, Node ${machine.node}`,
    ...limits,
    '',
    line(columns.map(([name]) => name)),
    line(columns.map(([name]) => (leftColumns.has(name) ? '---' : '---:'))),
    ...records.map((record) => line(columns.map(([, show]) => show(record)))),
  ].join('\n');
}

/** Every field as it is, for a spreadsheet. */
function csv({ machine, records }: BenchResult): string {
  const quote = (value: unknown) => {
    const text = String(value ?? '');
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const names = Object.keys(records[0] ?? {}) as (keyof BenchRecord)[];
  return [
    ['cpu', ...names].join(','),
    ...records.map((record) => [machine.cpu, ...names.map((name) => record[name])].map(quote).join(',')),
  ].join('\n');
}

/** The result in the asked form; `--json` is `-o json`. */
export function printResult(io: Io, output: Output | undefined, result: BenchResult): void {
  io.document(result);
  if (output === 'json') {
    if (!io.json) io.print(JSON.stringify(result, null, 2));
  } else io.print(output === 'csv' ? csv(result) : markdown(result));
}
