import { type BackendFactory, LookupFfnError } from '@lookupffn/core';
import { createRunner } from './session/create-runner.js';
import { type FromWorker, type ToWorker, toMessage } from './session/protocol.js';
import type { Runner } from './session/runner.js';

/** The other end of a session's thread, in Node or in a browser. */
interface Port {
  postMessage(message: FromWorker, transfer: ArrayBuffer[]): void;
  listen(handler: (message: ToWorker) => void): void;
}

function openPort(): Port {
  const parent =
    typeof process === 'object' ? process.getBuiltinModule?.('node:worker_threads').parentPort : undefined;
  if (parent) {
    return {
      postMessage: (message, transfer) => parent.postMessage(message, transfer),
      listen: (handler) => parent.on('message', handler),
    };
  }
  const self = globalThis as unknown as {
    postMessage(message: unknown, transfer: ArrayBuffer[]): void;
    onmessage: (event: { data: ToWorker }) => void;
  };
  return {
    postMessage: (message, transfer) => self.postMessage(message, transfer),
    listen: (handler) => {
      self.onmessage = ({ data }) => handler(data);
    },
  };
}

async function importFactory(module: string): Promise<BackendFactory> {
  const factory: BackendFactory | undefined = (await import(/* webpackIgnore: true */ module)).default;
  if (typeof factory?.create !== 'function') {
    throw new LookupFfnError(
      'BACKEND_INVALID',
      `${module} must have a backend factory as its default export: that is what BackendFactory.module promises.`,
      { module },
    );
  }
  return factory;
}

async function start(message: Extract<ToWorker, { type: 'create' }>): Promise<Runner> {
  const { module, backendOptions, model, precision, maxBatchTokens, notes } = message;
  const backend = await (await importFactory(module)).create(backendOptions);
  return createRunner(backend, model, { ...precision, maxBatchTokens, notes, ownsBackend: true });
}

const port = openPort();
let runner: Runner | undefined;
// The session sends one request at a time, so at most one can be cancelled.
let running: { id: number; controller: AbortController } | undefined;

async function create(message: Extract<ToWorker, { type: 'create' }>): Promise<void> {
  try {
    runner = await start(message);
    port.postMessage({ type: 'ready', info: runner.info }, []);
  } catch (error) {
    port.postMessage({ type: 'refused', error: toMessage(error) }, []);
  }
}

async function memory({ id }: Extract<ToWorker, { type: 'memory' }>): Promise<void> {
  port.postMessage({ type: 'memory', id, memory: await runner!.memory() }, []);
}

async function run({ id, request }: Extract<ToWorker, { type: 'run' }>): Promise<void> {
  const controller = new AbortController();
  running = { id, controller };
  try {
    const result = await runner!.run(request, controller.signal);
    const transfer = [result.data.buffer, result.ids.buffer] as ArrayBuffer[];
    port.postMessage({ type: 'result', id, result }, transfer);
  } catch (error) {
    port.postMessage({ type: 'error', id, error: toMessage(error) }, []);
  } finally {
    running = undefined;
  }
}

port.listen((message) => {
  if (message.type === 'create') void create(message);
  else if (message.type === 'run') void run(message);
  else if (message.type === 'memory') void memory(message);
  else if (running?.id === message.id) running.controller.abort();
});
