import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CacheLevel {
  /** `L1`, `L2`, `L3`. */
  readonly name: string;
  /** As one CPU sees it: a shared cache counts whole. */
  readonly bytes: number;
}

const units: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** Linux tells of each cache of a CPU in a folder of its own. */
function fromSysfs(): CacheLevel[] {
  const root = '/sys/devices/system/cpu/cpu0/cache';
  const read = (index: string, file: string) => readFileSync(join(root, index, file), 'utf8').trim();
  return readdirSync(root)
    .filter((name) => name.startsWith('index'))
    .filter((index) => read(index, 'type') !== 'Instruction')
    .map((index) => {
      const [, number, unit] = /^(\d+)([KMG]?)$/.exec(read(index, 'size')) ?? [];
      return { name: `L${read(index, 'level')}`, bytes: Number(number) * units[unit ?? '']! };
    });
}

function fromSysctl(): CacheLevel[] {
  const names = { L1: 'hw.l1dcachesize', L2: 'hw.l2cachesize', L3: 'hw.l3cachesize' };
  return Object.entries(names).map(([name, key]) => ({
    name,
    bytes: Number(execFileSync('sysctl', ['-n', key], { encoding: 'utf8', stdio: 'pipe' })),
  }));
}

/** Data caches of this machine, smallest first; empty where the system does not tell. */
export function dataCaches(): CacheLevel[] {
  try {
    const found = process.platform === 'darwin' ? fromSysctl() : fromSysfs();
    return found.filter(({ bytes }) => bytes > 0).sort((a, b) => a.bytes - b.bytes);
  } catch {
    return [];
  }
}
