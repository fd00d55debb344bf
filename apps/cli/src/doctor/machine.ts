import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';

export interface Machine {
  readonly cpu: string;
  /** CPUs that this process may use. */
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly platform: string;
  readonly node: string;
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() || 'unknown CPU',
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    platform: `${platform()} ${arch()} ${release()}`,
    node: process.versions.node,
  };
}
