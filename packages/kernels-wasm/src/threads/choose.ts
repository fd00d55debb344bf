import { LookupFfnError } from '@lookupffn/core';
import { nodeProcess } from './workers.js';

/** More threads than this only by asking: the products of a small model are soon over. */
const MOST_BY_DEFAULT = 4;
/** Work is handed out in at most 64 slices. */
const MOST_THREADS = 32;

let warned = false;

/** What a page must be served with for its threads to share memory. */
const HEADERS = '`Cross-Origin-Opener-Policy: same-origin` and `Cross-Origin-Embedder-Policy: require-corp`';

/** Why threads cannot share memory here, or undefined. */
function obstacle(): string | undefined {
  if (nodeProcess()) return undefined;
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
  if (typeof Worker !== 'function') return 'there are no workers here';
  if (crossOriginIsolated && typeof SharedArrayBuffer === 'function') return undefined;
  return `this page is not cross-origin isolated; serve it with the headers ${HEADERS}`;
}

function processors(): number {
  const node = nodeProcess();
  if (node) return node.getBuiltinModule?.('node:os').availableParallelism() ?? 1;
  return (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator?.hardwareConcurrency ?? 1;
}

/** The threads option, or LOOKUPFFN_NUM_THREADS in Node; undefined when nobody said. */
function asked(option: number | undefined): number | undefined {
  const text = option ?? (nodeProcess()?.env.LOOKUPFFN_NUM_THREADS || undefined);
  if (text === undefined) return undefined;
  const fromEnvironment = option === undefined;
  // The variable speaks to other backends too, which may use more.
  const threads = fromEnvironment ? Math.min(Number(text), MOST_THREADS) : Number(text);
  if (Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS) return threads;
  const from = fromEnvironment ? 'LOOKUPFFN_NUM_THREADS' : 'the threads option';
  throw new LookupFfnError(
    'INVALID_ARGUMENT',
    `The wasm backend cannot use ${text} threads (from ${from}); give a whole number from 1 to ${MOST_THREADS}.`,
    { threads: text },
  );
}

/** Says, once, that there is one thread where there could be more. */
export function threadsRefused(threads: number, why: string): void {
  if (warned) return;
  warned = true;
  console.warn(
    `lookupffn: the wasm backend works on 1 thread, not on ${threads}: ${why}. If one is enough, pass threads: 1.`,
  );
}

/**
 * Threads to use: those asked for, else one a processor up to four; one, with a warning, where memory cannot be shared.
 * Throws `INVALID_ARGUMENT` for what is no number of threads.
 */
export function chooseThreads(option: number | undefined): number {
  const threads = asked(option) ?? Math.min(MOST_BY_DEFAULT, processors());
  if (threads === 1) return 1;
  const why = obstacle();
  if (!why) return threads;
  threadsRefused(threads, why);
  return 1;
}
