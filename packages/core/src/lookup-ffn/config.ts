import { LookupFfnError } from '../errors.js';

/** How z is made: BH4 (block-diagonal products and Hadamard transforms) or one dense matrix. */
export type ProjectionKind = 'bh4' | 'dense';

/** How the cells of a table make its share of the output; see `readCells` for each. */
export type ReadMode = 'single' | 'two-cell' | 'three-cell' | 'four-cell' | 'neighbours' | 'full';

export const readModes: readonly ReadMode[] = [
  'single',
  'two-cell',
  'three-cell',
  'four-cell',
  'neighbours',
  'full',
];

/** Whether cells share the code's score by their distance, which the learned temperature measures. */
export const readsNearest = (read: ReadMode): boolean =>
  read === 'two-cell' || read === 'three-cell' || read === 'four-cell';

/** Whether the score, and so its learned parameters, weigh the cells; the other reads are an exact softmax. */
export const readsScore = (read: ReadMode): boolean => read === 'single' || readsNearest(read);

/** The shape of one LookupFFN block: `d` in, `o` out, `h` tables of `2^tau` rows. */
export interface LookupFfnConfig {
  /** Hidden size `d`. */
  readonly hidden: number;
  /** Output size `o`. */
  readonly out: number;
  /** Number of tables `h`. */
  readonly tables: number;
  /** Bits per table `tau`: a table has `2^tau` cells. */
  readonly bits: number;
  readonly projection: ProjectionKind;
  /** BH4 block size `b`, a power of two that divides `P`. Ignored by a dense projection. */
  readonly block: number;
  /** BH4 stages, 1 to 4 (the paper uses 4). Ignored by a dense projection. */
  readonly stages: number;
  readonly read: ReadMode;
}

/** Sizes that follow from a config (conventions: P, n, R). */
export interface LookupFfnGeometry {
  /** `P`, the smallest power of two >= hidden. */
  readonly padded: number;
  /** `n = P / b`. */
  readonly blocks: number;
  /** `R = max(1, ceil(h * tau / P))`. */
  readonly repeats: number;
  /** `h * tau`, the length of z. */
  readonly codeBits: number;
  /** `2^tau`. */
  readonly cells: number;
  /** Cells read per table: 1, 2, 3, 4, tau + 1 or 2^tau. */
  readonly cellsRead: number;
}

/** Above this a table no longer fits an Int32 cell index times any useful output size. */
export const MAX_BITS = 20;

/** Smallest power of two that is at least `n`. */
export function nextPowerOfTwo(n: number): number {
  let p = 1;
  while (p < n) p *= 2;
  return p;
}

/** How many cells of one table a read touches. */
export function cellsRead(read: ReadMode, bits: number): number {
  switch (read) {
    case 'single':
      return 1;
    case 'two-cell':
      return 2;
    case 'three-cell':
      return Math.min(3, bits + 1);
    case 'four-cell':
      return Math.min(4, bits + 1);
    case 'neighbours':
      return bits + 1;
    case 'full':
      return 2 ** bits;
  }
}

/** Derived sizes of a (valid) config. */
export function lookupFfnGeometry(config: LookupFfnConfig): LookupFfnGeometry {
  const padded = nextPowerOfTwo(config.hidden);
  const codeBits = config.tables * config.bits;
  return {
    padded,
    blocks: config.projection === 'bh4' ? padded / config.block : 0,
    repeats: Math.max(1, Math.ceil(codeBits / padded)),
    codeBits,
    cells: 2 ** config.bits,
    cellsRead: cellsRead(config.read, config.bits),
  };
}

function requireInteger(name: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new LookupFfnError(
      'INVALID_CONFIG',
      `LookupFFN ${name} is ${value}; it must be a whole number from ${min} to ${max}.`,
      { key: name, value, min, max },
    );
  }
}

/** Throws `INVALID_CONFIG` naming the key that is out of range; returns the config for chaining. */
export function validateLookupFfnConfig<T extends LookupFfnConfig>(config: T): T {
  requireInteger('hidden', config.hidden, 1, 65536);
  requireInteger('out', config.out, 1, 65536);
  requireInteger('tables', config.tables, 1, 65536);
  requireInteger('bits', config.bits, 1, MAX_BITS);
  if (!readModes.includes(config.read)) {
    throw new LookupFfnError(
      'INVALID_CONFIG',
      `LookupFFN read is '${config.read}'; it must be one of ${readModes.join(', ')}.`,
      { key: 'read', value: config.read },
    );
  }
  if (config.projection === 'dense') return config;
  if (config.projection !== 'bh4') {
    throw new LookupFfnError(
      'INVALID_CONFIG',
      `LookupFFN projection is '${config.projection}'; it must be 'bh4' or 'dense'.`,
      { key: 'projection', value: config.projection },
    );
  }
  requireInteger('stages', config.stages, 1, 4);
  const padded = nextPowerOfTwo(config.hidden);
  requireInteger('block', config.block, 1, padded);
  if (nextPowerOfTwo(config.block) !== config.block) {
    throw new LookupFfnError(
      'INVALID_CONFIG',
      `LookupFFN block is ${config.block}; it must be a power of two no larger than the padded hidden size ${padded}.`,
      { key: 'block', value: config.block, padded },
    );
  }
  return config;
}

/** Learned parameters of the read and the score; absent means their defaults (1, 2, 1). */
export interface ScoreParameters {
  /** Temperature of the two-cell, three-cell and four-cell reads, `[h]`, default 1. */
  readonly temperature?: Float32Array | null;
  /** Score exponent scale, `[h]`, default 2. */
  readonly beta?: Float32Array | null;
  /** Score power, `[h]`, default 1. */
  readonly gamma?: Float32Array | null;
}

/** The weights of one LookupFFN block, row-major, in the order of the numeric conventions. */
export interface LookupFfnWeights extends ScoreParameters {
  /** LayerNorm before the hash; absent when the caller has normalised already. */
  readonly norm?: { readonly weight: Float32Array; readonly bias: Float32Array; readonly epsilon: number };
  /** bh4 `[R, stages, n, b, b]`; dense `[h*tau, d]`. */
  readonly projectionWeight: Float32Array;
  /** `[h*tau]`. */
  readonly projectionBias: Float32Array;
  /** `[h, 2^tau, o]`. */
  readonly tables: Float32Array;
  /** `[o]`. */
  readonly bias: Float32Array;
  /** Optional affine path beside the tables, `[o, d]`: `y += LN(x) W^T`. */
  readonly skip?: Float32Array | null;
}
