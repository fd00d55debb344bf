let wake: (() => void) | undefined;
const waiting: (() => void)[] = [];

/** A browser's setTimeout waits 4 ms once nested; a message to oneself does not. */
function viaMessage(resolve: () => void): void {
  if (!wake) {
    const { port1, port2 } = new MessageChannel();
    // Setting onmessage starts a browser's port; Node, whose types lack it, never comes here.
    (port1 as unknown as { onmessage: () => void }).onmessage = () => waiting.shift()?.();
    wake = () => port2.postMessage(null);
  }
  waiting.push(resolve);
  wake();
}

/** Lets the event loop handle what has arrived, then goes on. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else viaMessage(resolve);
  });
}
