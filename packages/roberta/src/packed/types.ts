import type { Activation, LinearDtype, ProjectionDtype } from '@lookupffn/core';
import type { PrecisionOptions } from '../direct/prepared-modules.js';
import type { RobertaConfig } from '../model/config.js';
import type { SourceParameter } from '../weights/source.js';

/** A module that was prepared and saved. */
export interface PackedModule {
  readonly kind: 'linear' | 'lookup';
  /** As in a checkpoint, without the parameter: `lm_head.dense`. */
  readonly name: string;
  /** `none` for a look-up. */
  readonly activation: Activation;
  /** What the handle said its weights are kept as. */
  readonly dtype: string;
  readonly projectionDtype?: ProjectionDtype | undefined;
  readonly skipDtype?: LinearDtype | undefined;
  /** For a backend's `adopt`, of the layout that the file names. */
  readonly bytes: Uint8Array;
}

/** A model whose modules are packed already: what a packed file holds, as the evaluator wants it. */
export interface PackedModel {
  readonly config: RobertaConfig;
  readonly precision: PrecisionOptions;
  /** Shown in errors. */
  readonly file: string;
  /** Whether its bytes are shared with whoever else has the file open. */
  readonly mapped: boolean;
  readonly modules: readonly PackedModule[];
  /** Embedding tables and norms, which are used as they are. */
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

/** A module or tensor of an evaluator, to be written to a packed file. */
export type ToPack =
  | (Omit<PackedModule, 'bytes'> & { readonly byteLength: number; bytes(): Uint8Array })
  | { readonly kind: 'tensor'; readonly parameter: SourceParameter };
