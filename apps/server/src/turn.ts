/** Milliseconds of work in one turn of the event loop, of all requests together. */
const share = 4;

const waiting: (() => void)[] = [];
/** When the share of this turn is used up. */
let end = 0;
let scheduled = false;

/** Lets one go on, and the next when that one waits for something again. */
function pass(): void {
  if (performance.now() >= end) {
    setImmediate(begin);
    return;
  }
  waiting.shift()?.();
  // Ticks come after all promises that can go on: what was let go has then come as far as it can.
  if (waiting.length > 0) queueMicrotask(() => process.nextTick(pass));
  else scheduled = false;
}

function begin(): void {
  end = performance.now() + share;
  pass();
}

/**
 * Waits for a turn: call it before each step of work that takes a tenth of a millisecond or more. Steps of all requests
 * are done in the order they came, a few milliseconds of them between two looks of the event loop at what has
 * arrived; a budget for each request alone would not do, for a batch ends or begins dozens of requests at once.
 * Rejects with the signal's reason once it has fired.
 */
export function turn(signal?: AbortSignal): Promise<void> {
  const promise = new Promise<void>((resolve) => waiting.push(resolve));
  if (!scheduled) {
    scheduled = true;
    queueMicrotask(() => process.nextTick(pass));
  }
  return signal ? promise.then(() => signal.throwIfAborted()) : promise;
}
