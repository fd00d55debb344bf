import { LookupFfnError } from '@lookupffn/core';
import type { Kernels } from '../kernels.js';
import {
  CONTROL_WORDS,
  DONE,
  FAILED,
  type Kernel,
  MOST_SLICES,
  numberedKernels,
  PROGRAM_LENGTH,
  REMAINING,
  runSlices,
  STOPPED,
} from './slices.js';
import { type Helper, startHelpers } from './workers.js';

/** Looks for the last slices' end this often before it sleeps, where it may. */
const LOOKS = 20_000;
/** A slice takes milliseconds; a helper that is not done by then has been lost. */
const LOST_AFTER_MS = 60_000;

/** Runs `slice(kernels, i)` for every i below `count`; none may use what another writes, nor what a kernel returns. */
export type Parallel = (count: number, slice: (kernels: Kernels, index: number) => void) => void;

export interface Pool {
  /** With the caller's. */
  readonly threads: number;
  readonly parallel: Parallel;
  stop(): void;
}

/** A browser's main thread must not sleep. */
function maySleep(control: Int32Array): boolean {
  try {
    Atomics.wait(control, FAILED, 1, 0);
    return true;
  } catch {
    return false;
  }
}

class ProgramFull extends Error {}

/** Kernels that write themselves down; `begin` and `end` surround a slice. */
function createRecorder(module: WebAssembly.Module, program: Float64Array) {
  let at = 0;
  const kernels: Record<string, Kernel> = {};
  WebAssembly.Module.exports(module).forEach(({ name }, number) => {
    kernels[name] = (...args) => {
      if (at + 2 + args.length > program.length) throw new ProgramFull();
      program[at++] = number;
      program[at++] = args.length;
      for (const arg of args) program[at++] = arg;
    };
  });
  return {
    /** Whether all of it fitted. */
    write(count: number, slice: (kernels: Kernels, index: number) => void): boolean {
      at = MOST_SLICES + 1;
      try {
        for (let i = 0; i < count; i++) {
          program[i] = at;
          slice(kernels as unknown as Kernels, i);
        }
        program[count] = at;
        return true;
      } catch (error) {
        if (error instanceof ProgramFull) return false;
        throw error;
      }
    },
  };
}

/** Starts `threads - 1` helpers on the same module and memory; rejects when they cannot be had. */
export async function createPool(
  threads: number,
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  instance: WebAssembly.Instance,
): Promise<Pool> {
  const control = new Int32Array(new SharedArrayBuffer(4 * CONTROL_WORDS));
  const program = new Float64Array(new SharedArrayBuffer(8 * PROGRAM_LENGTH));
  const own = numberedKernels(module, instance);
  const kernels = instance.exports as unknown as Kernels;
  const recorder = createRecorder(module, program);
  const sleeps = maySleep(control);
  let helpers: Helper[] = await startHelpers(threads - 1, { module, memory, control, program });

  function lost(why: string): LookupFfnError {
    stop();
    return new LookupFfnError(
      'BACKEND_UNAVAILABLE',
      `A helper thread of the wasm backend ${why}. Make a new backend; with threads: 1 it needs none.`,
      { threads },
    );
  }

  /** Until all `count` slices are done: others' last slices take about as long as the caller's own did. */
  function finish(count: number): void {
    const deadline = performance.now() + LOST_AFTER_MS;
    for (let looks = 1; ; looks++) {
      const done = Atomics.load(control, DONE);
      if (done === count) return;
      if (looks % LOOKS !== 0) continue;
      if (sleeps) Atomics.wait(control, DONE, done, 1000);
      if (performance.now() > deadline) throw lost(`has not answered for ${LOST_AFTER_MS / 1000} s`);
    }
  }

  function stop(): void {
    Atomics.store(control, REMAINING, STOPPED);
    Atomics.notify(control, REMAINING);
    for (const helper of helpers) helper.terminate();
    helpers = [];
  }

  return {
    threads,
    parallel(count, slice) {
      if (count < 2 || count > MOST_SLICES || helpers.length === 0 || !recorder.write(count, slice)) {
        for (let i = 0; i < count; i++) slice(kernels, i);
        return;
      }
      Atomics.store(control, DONE, 0);
      Atomics.store(control, REMAINING, count);
      Atomics.notify(control, REMAINING);
      runSlices(own, control, program);
      finish(count);
      if (Atomics.load(control, FAILED)) throw lost('has failed');
    },
    stop,
  };
}

/** One thread: slices run one after the other. */
export function alone(kernels: Kernels): Pool {
  return {
    threads: 1,
    parallel(count, slice) {
      for (let i = 0; i < count; i++) slice(kernels, i);
    },
    stop() {},
  };
}
