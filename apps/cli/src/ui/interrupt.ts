import { constants } from 'node:os';
import type { Io } from './io.js';

/** Ctrl-C as an AbortSignal: the first asks for a clean stop, the second ends the process at once. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** Gives Ctrl-C its usual meaning back. */
  release(): void;
}

export function catchInterrupt(io: Io, stopping: string): Interrupt {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(128 + constants.signals[name]);
    io.note(`${stopping} Press Ctrl-C again to stop at once.`);
    controller.abort(new Error(name));
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    release() {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
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
