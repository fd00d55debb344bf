import type { Backend } from '@lookupffn/core';
import type { Roofline } from '../machine/roofline.js';

/** A backend on a number of threads, and the machine's limits with as many. */
export interface Contender {
  readonly backend: Backend;
  readonly roofline: Roofline | undefined;
}
