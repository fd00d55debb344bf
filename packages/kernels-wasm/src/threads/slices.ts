/**
 * How threads share work. `control` has three words; `program` says what each slice of the work is: at i, where slice i
 * starts, and where the last one ends after them; from there for each kernel its number, how many arguments, and those.
 * Everything is written before REMAINING is, and a thread that has taken a slice by lowering it owns that slice.
 */
export const REMAINING = 0;
export const DONE = 1;
export const FAILED = 2;
export const CONTROL_WORDS = 3;
/** REMAINING when helpers shall end. */
export const STOPPED = -1;

export const MOST_SLICES = 64;
/** Numbers of a program: 512 KiB. What does not fit runs on one thread. */
export const PROGRAM_LENGTH = 2 ** 16;

export type Kernel = (...args: number[]) => unknown;

function runSlice(kernels: readonly Kernel[], program: Float64Array, slice: number): void {
  const end = program[slice + 1]!;
  for (let at = program[slice]!; at < end; ) {
    const kernel = kernels[program[at]!]!;
    const from = at + 2;
    at = from + program[at + 1]!;
    kernel(...program.subarray(from, at));
  }
}

/** Takes slices, the last one first, and runs them until none is left. */
export function runSlices(kernels: readonly Kernel[], control: Int32Array, program: Float64Array): void {
  for (;;) {
    const left = Atomics.load(control, REMAINING);
    if (left <= 0) return;
    if (Atomics.compareExchange(control, REMAINING, left, left - 1) !== left) continue;
    try {
      runSlice(kernels, program, left - 1);
    } catch {
      Atomics.store(control, FAILED, 1);
    }
    Atomics.add(control, DONE, 1);
    Atomics.notify(control, DONE);
  }
}

/** The kernels by number: the same for every instance of a module. */
export function numberedKernels(module: WebAssembly.Module, instance: WebAssembly.Instance): Kernel[] {
  return WebAssembly.Module.exports(module).map(({ name }) => instance.exports[name] as unknown as Kernel);
}
