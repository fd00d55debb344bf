import { workerSource } from '../../build/worker.js';

/** What a helper thread is started with. */
export interface HelperData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: Int32Array;
  readonly program: Float64Array;
}

export interface Helper {
  terminate(): void;
}

/** A helper that has not answered by now will not: a policy forbids it, or the machine is out of threads. */
const PATIENCE_MS = 30_000;

interface NodeWorker {
  once(event: 'message' | 'error' | 'exit', listener: (value: unknown) => void): void;
  unref(): void;
  terminate(): void;
}

/** What this needs of Node, without importing it. */
export interface NodeProcess {
  readonly env: Record<string, string | undefined>;
  getBuiltinModule?(name: 'node:worker_threads'): {
    Worker: new (source: string, options: object) => NodeWorker;
  };
  getBuiltinModule?(name: 'node:os'): { availableParallelism(): number };
}

/** Node's process, or undefined elsewhere. */
export function nodeProcess(): NodeProcess | undefined {
  const { process } = globalThis as { process?: NodeProcess & { versions?: { node?: string } } };
  return process?.versions?.node ? process : undefined;
}

function startInNode(
  node: NodeProcess,
  data: HelperData,
  ready: () => void,
  fail: (why: unknown) => void,
): Helper {
  const { Worker } = node.getBuiltinModule!('node:worker_threads');
  // Without the flags and loaders of the process: the source imports nothing.
  const worker = new Worker(workerSource, { eval: true, workerData: data, execArgv: [] });
  worker.once('message', () => {
    // Waiting for work must not keep the process alive.
    worker.unref();
    ready();
  });
  worker.once('error', fail);
  worker.once('exit', () => fail(new Error('the thread ended')));
  return worker;
}

function startInBrowser(data: HelperData, ready: () => void, fail: (why: unknown) => void): Helper {
  const url = URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' }));
  const worker = new Worker(url);
  worker.onmessage = () => {
    URL.revokeObjectURL(url);
    ready();
  };
  worker.onerror = (event) => {
    URL.revokeObjectURL(url);
    fail(
      new Error(
        event.message || "its script was refused; a content security policy needs 'worker-src blob:'",
      ),
    );
  };
  worker.postMessage(data);
  return worker;
}

/** Starts `count` helpers; resolves when every one is ready, rejects, with none left running, when one cannot start. */
export async function startHelpers(count: number, data: HelperData): Promise<Helper[]> {
  const helpers: Helper[] = [];
  const node = nodeProcess();
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const started = Array.from(
      { length: count },
      () =>
        new Promise<void>((ready, fail) => {
          helpers.push(node ? startInNode(node, data, ready, fail) : startInBrowser(data, ready, fail));
        }),
    );
    const late = new Promise<never>((_, fail) => {
      timer = setTimeout(() => fail(new Error(`no answer within ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
    });
    await Promise.race([Promise.all(started), late]);
    return helpers;
  } catch (error) {
    for (const helper of helpers) helper.terminate();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
