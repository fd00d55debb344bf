import type { ScoreParameters } from '../lookup-ffn/config.js';
import type {
  AttentionShape,
  Bh4Shape,
  CrossEntropyShape,
  EmbeddingShape,
  FlatShape,
  GatherShape,
  HashShape,
  LayerNormShape,
  LinearShape,
  ProjectionShape,
  ReadShape,
  RowsShape,
} from './shapes.js';

type F32 = Float32Array;
type I32 = Int32Array;
type Optional<T> = T | null;

/**
 * The forward operations. Each takes a shape, its inputs, then its outputs, which it overwrites; it allocates
 * nothing that the caller sees. Arrays are row-major and exactly as long as the shape says. `rows` may be 0.
 * A row's result never depends on the other rows. Only where a comment says so may an output be an input.
 */
export interface ForwardOps {
  /** `y = H x` for each row, natural order, not normalised. x, y `[rows, size]`, size a power of two; y may be x. */
  hadamard(shape: RowsShape, x: F32, y: F32): void;

  /** Conventions 2. x `[rows, d]`, weight `[R, stages, n, b, b]`, y `[rows, R*P]`. */
  bh4(shape: Bh4Shape, x: F32, weight: F32, y: F32): void;

  /** Conventions 3: x `[rows, d]` to z `[rows, h*tau]`. weight as the projection kind says, bias `[h*tau]`. */
  project(shape: ProjectionShape, x: F32, weight: F32, bias: F32, z: F32): void;

  /** Conventions 4 and 5: codes and scores `[rows, h]` of z `[rows, h, tau]`. */
  hash(shape: HashShape, z: F32, score: ScoreParameters, codes: I32, scores: F32): void;

  /**
   * Conventions 6: which cells a read touches and with what weight, cells and weights `[rows, h, c]`.
   * `single` gives hash's codes and scores; `two-cell` gives `[c, c']`, `three-cell` and `four-cell` more of the
   * nearest, nearest first; `neighbours` the code, then the code with each bit flipped, most significant first;
   * `full` the cells 0 to 2^tau-1.
   */
  read(shape: ReadShape, z: F32, score: ScoreParameters, cells: I32, weights: F32): void;

  /** `y = bias + sum over tables and cells of weight * table[cell]`. tables `[h, 2^tau, o]`, y `[rows, o]`. */
  gather(shape: GatherShape, cells: I32, weights: F32, tables: F32, bias: Optional<F32>, y: F32): void;

  /** `(x - mean) / sqrt(variance + epsilon) * weight + bias` per row, biased variance. y may be x. */
  layerNorm(shape: LayerNormShape, x: F32, weight: F32, bias: F32, y: F32): void;

  /** `y = x W^T + bias`. x `[rows, in]`, weight `[out, in]`, y `[rows, out]`. */
  linear(shape: LinearShape, x: F32, weight: F32, bias: Optional<F32>, y: F32): void;

  /** Exact GELU `x * Phi(x) = x/2 * (1 + erf(x / sqrt 2))`. y may be x. */
  gelu(shape: FlatShape, x: F32, y: F32): void;

  /** Softmax of each row. y may be x. */
  softmax(shape: RowsShape, x: F32, y: F32): void;

  /**
   * Bidirectional scaled dot-product attention inside each packed sequence, scale `1/sqrt(headSize)`.
   * offsets `[sequences + 1]` from 0 to rows, never falling; q, k, v, y `[rows, heads * headSize]`.
   */
  attention(shape: AttentionShape, offsets: I32, q: F32, k: F32, v: F32, y: F32): void;

  /** `y[i] = table[ids[i]]`. ids `[rows]`, table `[vocabulary, size]`. */
  embedding(shape: EmbeddingShape, ids: I32, table: F32, y: F32): void;

  /** `y = a + b`. y may be a or b. */
  add(shape: FlatShape, a: F32, b: F32, y: F32): void;

  /** `losses[i] = -log softmax(logits[i])[targets[i]]`, in nats. logits `[rows, classes]`. */
  crossEntropy(shape: CrossEntropyShape, logits: F32, targets: I32, losses: F32): void;
}

/**
 * The backward operations, each the transposed derivative of the forward one of the same name. Every gradient output
 * (arguments named d..., last) is ADDED to, so that a value used twice gathers both; pass null for one not wanted.
 */
export interface GradOps {
  hadamard(shape: RowsShape, dy: F32, dx: F32): void;
  bh4(shape: Bh4Shape, x: F32, weight: F32, dy: F32, dx: Optional<F32>, dweight: Optional<F32>): void;
  project(
    shape: ProjectionShape,
    x: F32,
    weight: F32,
    dz: F32,
    dx: Optional<F32>,
    dweight: Optional<F32>,
    dbias: Optional<F32>,
  ): void;
  /** dscores `[rows, h]` to dz; codes have no gradient. dbeta, dgamma `[h]`. */
  hash(
    shape: HashShape,
    z: F32,
    score: ScoreParameters,
    dscores: F32,
    dz: Optional<F32>,
    dbeta: Optional<F32>,
    dgamma: Optional<F32>,
  ): void;
  /** dweights `[rows, h, c]` to dz `[rows, h, tau]`; dtemperature, dbeta, dgamma `[h]`. */
  read(
    shape: ReadShape,
    z: F32,
    score: ScoreParameters,
    dweights: F32,
    dz: Optional<F32>,
    dtemperature: Optional<F32>,
    dbeta: Optional<F32>,
    dgamma: Optional<F32>,
  ): void;
  gather(
    shape: GatherShape,
    cells: I32,
    weights: F32,
    tables: F32,
    dy: F32,
    dweights: Optional<F32>,
    dtables: Optional<F32>,
    dbias: Optional<F32>,
  ): void;
  layerNorm(
    shape: LayerNormShape,
    x: F32,
    weight: F32,
    dy: F32,
    dx: Optional<F32>,
    dweight: Optional<F32>,
    dbias: Optional<F32>,
  ): void;
  linear(
    shape: LinearShape,
    x: F32,
    weight: F32,
    dy: F32,
    dx: Optional<F32>,
    dweight: Optional<F32>,
    dbias: Optional<F32>,
  ): void;
  gelu(shape: FlatShape, x: F32, dy: F32, dx: F32): void;
  /** From the output y, not the input. */
  softmax(shape: RowsShape, y: F32, dy: F32, dx: F32): void;
  attention(
    shape: AttentionShape,
    offsets: I32,
    q: F32,
    k: F32,
    v: F32,
    dy: F32,
    dq: F32,
    dk: F32,
    dv: F32,
  ): void;
  embedding(shape: EmbeddingShape, ids: I32, dy: F32, dtable: F32): void;
  crossEntropy(shape: CrossEntropyShape, logits: F32, targets: I32, dlosses: F32, dlogits: F32): void;
}
