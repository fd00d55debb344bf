import { type Backend, type BackendFactory, LookupFfnError, resolveFactory } from '@lookupffn/core';
import { toShared } from '../weights/shared.js';
import { WeightSource } from '../weights/source.js';
import { RemoteRunner } from './remote-runner.js';
import { Runner } from './runner.js';
import { whyNoThread } from './thread.js';
import type { RobertaModel, SessionOptions, SessionThread } from './types.js';
import type { Executor, ExecutorInfo } from './work.js';

const defaultBatchTokens = 4096;

async function loadModel(model: SessionOptions['model'], shared: boolean): Promise<RobertaModel> {
  if (typeof model !== 'string') return model;
  // By a name that bundlers do not follow: files exist only in Node.
  const entry = '@lookupffn/roberta/node';
  const { loadModelFolder }: typeof import('../node.js') = await import(
    /* webpackIgnore: true */ /* @vite-ignore */ entry
  );
  return loadModelFolder(model, { shared });
}

const isFactory = (backend: BackendFactory | Backend): backend is BackendFactory =>
  typeof (backend as BackendFactory).create === 'function';

function chooseThread(options: SessionOptions, backend: BackendFactory | Backend): SessionThread {
  const why = !isFactory(backend)
    ? 'a Backend made here cannot move to another thread; pass its factory'
    : !backend.module
      ? `backend '${backend.name}' does not name the module it can be imported from`
      : whyNoThread(options.workerUrl);
  if (options.thread === 'worker' && why) {
    throw new LookupFfnError('INVALID_ARGUMENT', `A session cannot run in a worker: ${why}.`);
  }
  return options.thread ?? (why ? 'caller' : 'worker');
}

async function openOnCaller(
  model: RobertaModel,
  backend: BackendFactory | Backend,
  { threads, isa, linearDtype, tableDtype, maxBatchTokens = defaultBatchTokens }: SessionOptions,
): Promise<Runner> {
  const ownsBackend = isFactory(backend);
  const made = ownsBackend ? await backend.create({ threads, isa }) : backend;
  try {
    return await Runner.create(made, model, { linearDtype, tableDtype, maxBatchTokens, ownsBackend });
  } catch (error) {
    if (ownsBackend) made.dispose();
    throw error;
  }
}

function openInWorker(
  model: RobertaModel,
  factory: BackendFactory,
  { threads, isa, linearDtype, tableDtype, workerUrl, maxBatchTokens = defaultBatchTokens }: SessionOptions,
): Promise<RemoteRunner> {
  // Refused here, before a thread is started and weights are copied.
  const checked = new WeightSource(model);
  checked.clear();
  const weights = new Map([...model.weights].map(([name, data]) => [name, toShared(data)]));
  return RemoteRunner.create(workerUrl, {
    type: 'create',
    module: factory.module!,
    backendOptions: { threads, isa },
    model: { config: model.config, weights },
    precision: { linearDtype, tableDtype },
    maxBatchTokens,
  });
}

/** Loads, chooses a backend and a thread, and prepares: everything a session waits for once. */
export async function openExecutor(options: SessionOptions): Promise<{
  model: RobertaModel;
  thread: SessionThread;
  executor: Executor & { readonly info: ExecutorInfo };
}> {
  const { maxBatchTokens } = options;
  if (maxBatchTokens !== undefined && !(Number.isInteger(maxBatchTokens) && maxBatchTokens >= 1)) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `maxBatchTokens is ${maxBatchTokens}; it must be a whole number of at least 1.`,
    );
  }
  const backend = options.backend ?? (await resolveFactory());
  const thread = chooseThread(options, backend);
  const model = await loadModel(options.model, thread === 'worker');
  const executor =
    thread === 'worker' && isFactory(backend)
      ? await openInWorker(model, backend, options)
      : await openOnCaller(model, backend, options);
  return { model, thread, executor };
}
