import { type Backend, type BackendFactory, LookupFfnError, resolveFactory } from '@lookupffn/core';
import type { RobertaConfig } from '../model/config.js';
import type { Tuned } from '../tuning/apply.js';
import { toShared } from '../weights/shared.js';
import { WeightSource } from '../weights/source.js';
import { checkSessionOptions } from './check-options.js';
import { createRunner, nodeEntry } from './create-runner.js';
import { RemoteRunner } from './remote-runner.js';
import type { Runner } from './runner.js';
import { whyNoThread } from './thread.js';
import type { RobertaModel, SessionOptions, SessionThread } from './types.js';
import type { Executor, ExecutorInfo } from './work.js';

const defaultBatchTokens = 4096;

interface Loaded {
  readonly config: RobertaConfig;
  /** In memory, or the path of a packed file, for whoever computes to open. */
  readonly model: RobertaModel | string;
}

async function loadModel({ model, verify }: SessionOptions, shared: boolean): Promise<Loaded> {
  if (typeof model !== 'string') return { config: model.config, model };
  const node = await nodeEntry();
  if (!(await node.isFile(model))) {
    const loaded = await node.loadModelFolder(model, { shared });
    return { config: loaded.config, model: loaded };
  }
  const header = await (verify ? node.verifyPackedFile(model) : node.readPackedHeader(model));
  return { config: await node.packedConfig(model, header), model };
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

/** Options with what was tuned filled in. */
type OpenOptions = SessionOptions & Tuned;

async function tuned(options: SessionOptions, backend: BackendFactory | Backend): Promise<OpenOptions> {
  const { model, tune = true } = options;
  const node = tune && typeof model === 'string' ? await nodeEntry() : undefined;
  if (!node || typeof model !== 'string' || (await node.isFile(model))) return { ...options, notes: [] };
  const name = isFactory(backend) ? backend.name : backend.info.name;
  return { ...options, ...(await node.applyTuning(model, name, options)) };
}

async function openOnCaller(
  model: RobertaModel | string,
  backend: BackendFactory | Backend,
  { threads, tileRows, isa, maxBatchTokens = defaultBatchTokens, ...rest }: OpenOptions,
): Promise<Runner> {
  const { linearDtype, tableDtype, projectionDtype, notes } = rest;
  const ownsBackend = isFactory(backend);
  const made = ownsBackend ? await backend.create({ threads, tileRows, isa }) : backend;
  try {
    const precision = { linearDtype, tableDtype, projectionDtype };
    const runner = { ...precision, maxBatchTokens, ownsBackend, notes };
    return await createRunner(made, model, runner);
  } catch (error) {
    if (ownsBackend) made.dispose();
    throw error;
  }
}

/** Refused here, before a thread is started and weights are copied. */
function share({ config, weights }: RobertaModel): RobertaModel {
  const checked = new WeightSource({ config, weights });
  checked.clear();
  return { config, weights: new Map([...weights].map(([name, data]) => [name, toShared(data)])) };
}

function openInWorker(
  model: RobertaModel | string,
  factory: BackendFactory,
  { threads, tileRows, isa, workerUrl, maxBatchTokens = defaultBatchTokens, ...rest }: OpenOptions,
): Promise<RemoteRunner> {
  const { linearDtype, tableDtype, projectionDtype, notes } = rest;
  return RemoteRunner.create(workerUrl, {
    type: 'create',
    module: factory.module!,
    backendOptions: { threads, tileRows, isa },
    model: typeof model === 'string' ? model : share(model),
    precision: { linearDtype, tableDtype, projectionDtype },
    maxBatchTokens,
    notes,
  });
}

/** Loads, chooses a backend and a thread, and prepares: everything a session waits for once. */
export async function openExecutor(options: SessionOptions): Promise<{
  config: RobertaConfig;
  thread: SessionThread;
  executor: Executor & { readonly info: ExecutorInfo };
}> {
  checkSessionOptions(options);
  const { maxBatchTokens } = options;
  if (maxBatchTokens !== undefined && !(Number.isInteger(maxBatchTokens) && maxBatchTokens >= 1)) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `maxBatchTokens is ${maxBatchTokens}; it must be a whole number of at least 1.`,
    );
  }
  const backend = options.backend ?? (await resolveFactory());
  const thread = chooseThread(options, backend);
  const open = await tuned(options, backend);
  const { config, model } = await loadModel(options, thread === 'worker');
  const executor =
    thread === 'worker' && isFactory(backend)
      ? await openInWorker(model, backend, open)
      : await openOnCaller(model, backend, open);
  return { config, thread, executor };
}
