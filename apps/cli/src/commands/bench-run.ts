import type { Backend, TableDtype } from '@lookupffn/core';
import { type Command, Option } from 'commander';
import type { Contender } from '../bench/contender.js';
import { type Output, outputs, printResult } from '../bench/output.js';
import type { BenchRecord } from '../bench/record.js';
import { machine } from '../doctor/machine.js';
import { listOf, whole } from '../flags.js';
import { measureRoofline, type Roofline } from '../machine/roofline.js';
import { openBackend } from '../ui/backend-flags.js';
import { interruptible } from '../ui/interrupt.js';
import type { Io } from '../ui/io.js';

/** How a benchmark is run, alike for every kind; letters as in llama-bench. */
export interface RunFlags {
  readonly backend?: string;
  readonly threads?: number[];
  readonly repeat: number;
  readonly output?: Output;
}

export const tableDtypes: readonly TableDtype[] = ['f32', 'bf16', 'f16', 'int8', 'int4'];

export function withRunFlags(command: Command): Command {
  return command
    .option('--backend <name>', 'use this backend or fail (default: the fastest that runs here; see doctor)')
    .option(
      '-t, --threads <list>',
      'numbers of threads, which take turns (default: the CPUs this process may use)',
      listOf(whole({ min: 1, max: 1024 })),
    )
    .option('-r, --repeat <n>', 'samples of each', whole({ min: 1, max: 10_000 }), 15)
    .addOption(
      new Option('-o, --output <form>', 'one line a measurement, with the share of the roofline').choices(
        outputs,
      ),
    );
}

/** Opens a backend for each number of threads, measures the machine's limits beside, and prints what `measure` makes. */
export async function recordsOf(
  io: Io,
  flags: RunFlags,
  measure: (contenders: readonly Contender[], signal: AbortSignal) => Promise<BenchRecord[]>,
): Promise<void> {
  let records: BenchRecord[] = [];
  const rooflines: Record<number, Roofline> = {};
  const backends: Backend[] = [];
  await interruptible(io, 'Stopping.', async (signal) => {
    try {
      for (const threads of new Set(flags.threads ?? [undefined])) {
        const backend = await openBackend({ backend: flags.backend, threads });
        const { info } = backend;
        if (backends.some((other) => other.info.threads === info.threads)) {
          backend.dispose();
          io.note(
            `${info.name} runs on ${info.threads} threads where ${threads} are asked for; measured once`,
          );
        } else {
          backends.push(backend);
        }
      }
      io.progress.update(() => 'bench: measuring the limits of this machine');
      const contenders = backends.map((backend) => {
        const roofline = measureRoofline(backend);
        if (roofline) rooflines[backend.info.threads] = roofline;
        return { backend, roofline };
      });
      records = await measure(contenders, signal);
    } finally {
      for (const backend of backends) backend.dispose();
    }
  });
  printResult(io, flags.output, { machine: machine(), rooflines, records });
}
