// A helper thread: the build makes this one text, which a browser starts from a Blob and Node by eval. It never returns
// to its event loop until the backend stops it: a browser takes seconds to end a worker that is told from outside only.
import { numberedKernels, REMAINING, runSlices, STOPPED } from './slices.js';
import type { HelperData } from './workers.js';

/** Looks for work this often before it sleeps: the next operation of a model follows in microseconds. */
const LOOKS = 2000;

interface Surroundings {
  readonly process?: {
    getBuiltinModule?(name: 'node:worker_threads'): {
      readonly workerData: HelperData;
      readonly parentPort: { postMessage(message: string): void };
    };
  };
  onmessage: ((event: { data: HelperData }) => void) | null;
  postMessage(message: string): void;
  close?(): void;
}

function help({ module, memory, control, program }: HelperData, ready: () => void): void {
  const kernels = numberedKernels(module, new WebAssembly.Instance(module, { env: { memory } }));
  ready();
  for (;;) {
    let looks = 0;
    while (Atomics.load(control, REMAINING) === 0) {
      if (++looks > LOOKS) Atomics.wait(control, REMAINING, 0);
    }
    if (Atomics.load(control, REMAINING) === STOPPED) return;
    runSlices(kernels, control, program);
  }
}

const here = globalThis as unknown as Surroundings;
const threads = here.process?.getBuiltinModule?.('node:worker_threads');
if (threads) help(threads.workerData, () => threads.parentPort.postMessage('ready'));
else {
  here.onmessage = ({ data }) => {
    help(data, () => here.postMessage('ready'));
    here.close?.();
  };
}
