import { LookupFfnError } from '@lookupffn/core';
import type { FromWorker, ToWorker } from './protocol.js';

/** A thread that runs the session-worker entry: Node's worker_threads or the browser's Worker. */
export interface Thread {
  post(message: ToWorker): void;
  /** Whether the thread keeps the process alive. */
  hold(alive: boolean): void;
  terminate(): Promise<void>;
}

export interface ThreadEvents {
  onMessage(message: FromWorker): void;
  /** The thread has died or could not start. */
  onFailure(error: LookupFfnError): void;
}

/** What this needs of a browser's Worker, whose types come with the DOM's. */
interface WebWorker {
  postMessage(message: unknown): void;
  terminate(): void;
  onmessage: (event: { data: FromWorker }) => void;
  onmessageerror: () => void;
  onerror: (event: { message?: string }) => void;
}
declare const Worker: new (url: URL | string, options: { type: 'module'; name: string }) => WebWorker;

const name = 'lookupffn-session';

function failed(what: string, cause?: unknown): LookupFfnError {
  const text = cause instanceof Error ? `: ${cause.message}` : '';
  return new LookupFfnError(
    'SESSION_FAILED',
    `The session's worker thread ${what}${text}. Create a new session, or use { thread: 'caller' }.`,
    {},
    cause,
  );
}

// Asked for at run time and not imported, so that bundles for browsers never see a Node module.
const builtin = typeof process === 'object' ? process.getBuiltinModule : undefined;

/** The built worker entry, which stands beside every entry of this package; undefined inside a bundle or in source. */
function besideThis(): URL | undefined {
  try {
    // Not the literal `new URL('...', import.meta.url)`: bundlers would copy that file as an asset, unbundled.
    const entry = 'session-worker.js';
    const url = new URL(entry, import.meta.url);
    return builtin?.('node:fs').existsSync(url) ? url : undefined;
  } catch {
    return undefined;
  }
}

/** Why this runtime cannot run the worker entry, or undefined when it can. */
export function whyNoThread(workerUrl: string | URL | undefined): string | undefined {
  if (!builtin) return typeof Worker === 'function' ? undefined : 'this runtime has no worker threads';
  if (workerUrl ?? besideThis()) return undefined;
  return 'session-worker.js is not beside this code; give workerUrl, the URL of @lookupffn/roberta/session-worker';
}

function startNode(url: URL, { onMessage, onFailure }: ThreadEvents): Thread {
  // A worker inherits Node's flags, of which --input-type (from `node --eval`) forbids it to load a file.
  const flags = process.execArgv.some((flag) => flag.startsWith('--input-type')) ? { execArgv: [] } : {};
  const worker = new (builtin!('node:worker_threads').Worker)(url, { name, ...flags });
  worker.on('message', onMessage);
  worker.on('messageerror', (error) => onFailure(failed('sent what cannot be read', error)));
  worker.on('error', (error) => onFailure(failed('failed', error)));
  worker.on('exit', (code) => onFailure(failed(`ended with exit code ${code}`)));
  return {
    post: (message) => worker.postMessage(message),
    hold: (alive) => (alive ? worker.ref() : worker.unref()),
    async terminate() {
      await worker.terminate();
    },
  };
}

function startBrowser(url: URL | undefined, { onMessage, onFailure }: ThreadEvents): Thread {
  // Here the literal is wanted: bundlers know this form and bundle the worker.
  const worker = url
    ? new Worker(url, { type: 'module', name })
    : new Worker(new URL('./session-worker.js', import.meta.url), { type: 'module', name });
  worker.onmessage = ({ data }) => onMessage(data);
  worker.onmessageerror = () => onFailure(failed('sent what cannot be read'));
  worker.onerror = (event) => onFailure(failed(`failed: ${event.message ?? 'its script did not load'}`));
  return {
    post: (message) => worker.postMessage(message),
    hold: () => {},
    async terminate() {
      worker.terminate();
    },
  };
}

/** Starts a thread; ask `whyNoThread` first. */
export function startThread(workerUrl: string | URL | undefined, events: ThreadEvents): Thread {
  const url = workerUrl === undefined ? undefined : new URL(workerUrl);
  return builtin ? startNode(url ?? besideThis()!, events) : startBrowser(url, events);
}
