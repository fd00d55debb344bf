import { constants } from 'node:os';
import type { Io } from './io.js';

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Ctrl-C (or SIGTERM, or a closed terminal) as an AbortSignal: the first asks for a clean stop, a second Ctrl-C or
 * SIGTERM ends the process at once.
 */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** Gives Ctrl-C its usual meaning back. */
  release(): void;
}

export function catchInterrupt(io: Io, stopping: string): Interrupt {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    // A terminal that closes says so more than once: its shell and the system do.
    if (controller.signal.aborted && name !== 'SIGHUP') process.exit(128 + constants.signals[name]);
    if (controller.signal.aborted) return;
    io.note(`${stopping} Press Ctrl-C again to stop at once.`);
    controller.abort(new Error(name));
  };
  for (const name of stopSignals) process.on(name, onSignal);
  return {
    signal: controller.signal,
    release() {
      for (const name of stopSignals) process.off(name, onSignal);
    },
  };
}

/** Runs `body` with an interrupt and releases it whatever happens. */
export async function interruptible<T>(
  io: Io,
  stopping: string,
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const interrupt = catchInterrupt(io, stopping);
  try {
    return await body(interrupt.signal);
  } finally {
    interrupt.release();
  }
}
