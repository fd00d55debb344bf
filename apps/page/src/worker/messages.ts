import type { JobKind } from './jobs.js';
import type { OpenedModel } from './models.js';

export type ToWorker =
  | { readonly type: 'open'; readonly id: number; readonly model: number; readonly folder: string }
  | { readonly type: 'job'; readonly id: number; readonly kind: JobKind; readonly input: unknown }
  | { readonly type: 'cancel'; readonly id: number };

export type FromWorker =
  | { readonly type: 'ready'; readonly backend: { readonly name: string; readonly isa: string } }
  /** Nothing can be computed here, and why. */
  | { readonly type: 'unable'; readonly message: string }
  | { readonly type: 'opened'; readonly id: number; readonly opened: OpenedModel }
  | { readonly type: 'progress'; readonly id: number; readonly progress: unknown }
  | { readonly type: 'done'; readonly id: number; readonly result: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly message: string };
