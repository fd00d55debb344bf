const slice = 4;

/**
 * Lets the event loop handle what has arrived, whenever a few milliseconds of work have passed: call it between the
 * steps of a loop. Long requests are worked on in slices, so that short ones do not wait for them.
 */
export function createPause(signal?: AbortSignal): () => Promise<void> | undefined {
  let end = performance.now() + slice;
  return () => {
    signal?.throwIfAborted();
    if (performance.now() < end) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        end = performance.now() + slice;
        resolve();
      });
    });
  };
}
