import { cellsRead, nextPowerOfTwo } from '../lookup-ffn/config.js';
import type {
  AdamWShape,
  AttentionShape,
  Bh4Shape,
  CellVariationShape,
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

/** One array argument of an operation: its element type, its exact length, and the range of its values. */
export interface ArrayArgument<S> {
  readonly kind: 'f32' | 'i32';
  readonly name: string;
  readonly length: (shape: S) => number;
  /** May be null. */
  readonly optional?: boolean;
  /** Integer inputs: every value must be in [0, below). */
  readonly below?: (shape: S) => number;
  /** Sequence offsets: rise from 0 to this. */
  readonly offsetsTo?: (shape: S) => number;
}

/** `'score'` stands for a ScoreParameters object whose arrays are `[tables]`. */
export type Argument<S> = ArrayArgument<S> | 'score';

export interface Signature<S> {
  /** Shape fields that must be whole numbers of at least the given minimum. */
  readonly sizes: { readonly [K in keyof S]?: number };
  /** Sizes that must be powers of two. */
  readonly powersOfTwo?: readonly (keyof S)[];
  readonly args: readonly Argument<S>[];
}

function array<S>(
  kind: 'f32' | 'i32',
  name: string,
  length: (shape: S) => number,
  extra: Partial<ArrayArgument<S>> = {},
): ArrayArgument<S> {
  return { kind, name, length, ...extra };
}
const f32 = <S>(name: string, length: (shape: S) => number) => array('f32', name, length);
const maybe = <S>(name: string, length: (shape: S) => number) =>
  array('f32', name, length, { optional: true });
const i32 = <S>(name: string, length: (shape: S) => number, extra?: Partial<ArrayArgument<S>>) =>
  array('i32', name, length, extra);

const rowsSize = (s: RowsShape) => s.rows * s.size;
const size = (s: FlatShape) => s.size;
const width = (s: RowsShape) => s.size;

const bh4Input = (s: Bh4Shape) => s.rows * s.hidden;
const bh4Weight = (s: Bh4Shape) => s.repeats * s.stages * nextPowerOfTwo(s.hidden) * s.block;
const bh4Output = (s: Bh4Shape) => s.rows * s.repeats * nextPowerOfTwo(s.hidden);

const projectInput = (s: ProjectionShape) => s.rows * s.hidden;
const projectWeight = (s: ProjectionShape) => {
  if (s.projection === 'dense') return s.tables * s.bits * s.hidden;
  const padded = nextPowerOfTwo(s.hidden);
  return Math.max(1, Math.ceil((s.tables * s.bits) / padded)) * s.stages * padded * s.block;
};
const projectBias = (s: ProjectionShape) => s.tables * s.bits;
const zLength = (s: HashShape) => s.rows * s.tables * s.bits;
const perTable = (s: HashShape) => s.rows * s.tables;
const tablesOnly = (s: HashShape) => s.tables;
const readCells = (s: ReadShape) => s.rows * s.tables * cellsRead(s.read, s.bits);

const gatherCells = (s: GatherShape) => s.rows * s.tables * s.cells;
const gatherTables = (s: GatherShape) => s.tables * 2 ** s.bits * s.out;
const gatherOut = (s: GatherShape) => s.rows * s.out;
const cellBelow = (s: GatherShape) => 2 ** s.bits;

const linearInput = (s: LinearShape) => s.rows * s.in;
const linearWeight = (s: LinearShape) => s.out * s.in;
const linearBias = (s: LinearShape) => s.out;
const linearOutput = (s: LinearShape) => s.rows * s.out;

const attentionLength = (s: AttentionShape) => s.rows * s.heads * s.headSize;
const offsets = i32<AttentionShape>('offsets', (s) => s.sequences + 1, { offsetsTo: (s) => s.rows });

const embeddingTable = (s: EmbeddingShape) => s.vocabulary * s.size;
const embeddingOut = (s: EmbeddingShape) => s.rows * s.size;
const embeddingIds = i32<EmbeddingShape>('ids', (s) => s.rows, { below: (s) => s.vocabulary });

const logits = (s: CrossEntropyShape) => s.rows * s.classes;
const classRows = (s: CrossEntropyShape) => s.rows;
const targets = i32<CrossEntropyShape>('targets', classRows, { below: (s) => s.classes });

const variationTables = (s: CellVariationShape) => s.tables * 2 ** s.bits * s.out;

const rowsSizes = { rows: 0, size: 1 } as const;
const bh4Sizes = { rows: 0, hidden: 1, block: 1, stages: 1, repeats: 1 } as const;
const projectSizes = { rows: 0, hidden: 1, tables: 1, bits: 1 } as const;
const hashSizes = { rows: 0, tables: 1, bits: 1 } as const;
const gatherSizes = { rows: 0, tables: 1, bits: 1, cells: 1, out: 1 } as const;
const linearSizes = { rows: 0, in: 1, out: 1 } as const;
const attentionSizes = { rows: 0, sequences: 0, heads: 1, headSize: 1 } as const;
const embeddingSizes = { rows: 0, vocabulary: 1, size: 1 } as const;
const classSizes = { rows: 0, classes: 1 } as const;

// Each entry is erased to Signature<any>: the list as a whole is walked by operation name.
// biome-ignore lint/suspicious/noExplicitAny: shapes differ per operation; the functions above are typed one by one.
export type AnySignature = Signature<any>;
const signature = <S>(sizes: Signature<S>['sizes'], ...args: Argument<S>[]): AnySignature => ({
  sizes,
  args,
});
/** A butterfly over any other length would read past its row. */
const hadamardSignature = (...args: Argument<RowsShape>[]): AnySignature => ({
  sizes: rowsSizes,
  powersOfTwo: ['size'],
  args,
});

/** The one list of forward operations: it drives argument checks, the gap report and the conformance kit. */
export const forwardSignatures = {
  hadamard: hadamardSignature(f32('x', rowsSize), f32('y', rowsSize)),
  bh4: signature<Bh4Shape>(bh4Sizes, f32('x', bh4Input), f32('weight', bh4Weight), f32('y', bh4Output)),
  project: signature<ProjectionShape>(
    projectSizes,
    f32('x', projectInput),
    f32('weight', projectWeight),
    f32('bias', projectBias),
    f32('z', zLength),
  ),
  hash: signature<HashShape>(
    hashSizes,
    f32('z', zLength),
    'score',
    i32('codes', perTable),
    f32('scores', perTable),
  ),
  read: signature<ReadShape>(
    hashSizes,
    f32('z', zLength),
    'score',
    i32('cells', readCells),
    f32('weights', readCells),
  ),
  gather: signature<GatherShape>(
    gatherSizes,
    i32('cells', gatherCells, { below: cellBelow }),
    f32('weights', gatherCells),
    f32('tables', gatherTables),
    maybe('bias', (s) => s.out),
    f32('y', gatherOut),
  ),
  layerNorm: signature<LayerNormShape>(
    rowsSizes,
    f32('x', rowsSize),
    f32('weight', width),
    f32('bias', width),
    f32('y', rowsSize),
  ),
  linear: signature<LinearShape>(
    linearSizes,
    f32('x', linearInput),
    f32('weight', linearWeight),
    maybe('bias', linearBias),
    f32('y', linearOutput),
  ),
  gelu: signature<FlatShape>({ size: 0 }, f32('x', size), f32('y', size)),
  softmax: signature<RowsShape>(rowsSizes, f32('x', rowsSize), f32('y', rowsSize)),
  attention: signature<AttentionShape>(
    attentionSizes,
    offsets,
    f32('q', attentionLength),
    f32('k', attentionLength),
    f32('v', attentionLength),
    f32('y', attentionLength),
  ),
  embedding: signature<EmbeddingShape>(
    embeddingSizes,
    embeddingIds,
    f32('table', embeddingTable),
    f32('y', embeddingOut),
  ),
  add: signature<FlatShape>({ size: 0 }, f32('a', size), f32('b', size), f32('y', size)),
  crossEntropy: signature<CrossEntropyShape>(
    classSizes,
    f32('logits', logits),
    targets,
    f32('losses', classRows),
  ),
} as const;

export const gradSignatures = {
  hadamard: hadamardSignature(f32('dy', rowsSize), f32('dx', rowsSize)),
  bh4: signature<Bh4Shape>(
    bh4Sizes,
    f32('x', bh4Input),
    f32('weight', bh4Weight),
    f32('dy', bh4Output),
    maybe('dx', bh4Input),
    maybe('dweight', bh4Weight),
  ),
  project: signature<ProjectionShape>(
    projectSizes,
    f32('x', projectInput),
    f32('weight', projectWeight),
    f32('dz', zLength),
    maybe('dx', projectInput),
    maybe('dweight', projectWeight),
    maybe('dbias', projectBias),
  ),
  hash: signature<HashShape>(
    hashSizes,
    f32('z', zLength),
    'score',
    f32('dscores', perTable),
    maybe('dz', zLength),
    maybe('dbeta', tablesOnly),
    maybe('dgamma', tablesOnly),
  ),
  read: signature<ReadShape>(
    hashSizes,
    f32('z', zLength),
    'score',
    f32('dweights', readCells),
    maybe('dz', zLength),
    maybe('dtemperature', tablesOnly),
    maybe('dbeta', tablesOnly),
    maybe('dgamma', tablesOnly),
  ),
  gather: signature<GatherShape>(
    gatherSizes,
    i32('cells', gatherCells, { below: cellBelow }),
    f32('weights', gatherCells),
    f32('tables', gatherTables),
    f32('dy', gatherOut),
    maybe('dweights', gatherCells),
    maybe('dtables', gatherTables),
    maybe('dbias', (s) => s.out),
  ),
  layerNorm: signature<LayerNormShape>(
    rowsSizes,
    f32('x', rowsSize),
    f32('weight', width),
    f32('dy', rowsSize),
    maybe('dx', rowsSize),
    maybe('dweight', width),
    maybe('dbias', width),
  ),
  linear: signature<LinearShape>(
    linearSizes,
    f32('x', linearInput),
    f32('weight', linearWeight),
    f32('dy', linearOutput),
    maybe('dx', linearInput),
    maybe('dweight', linearWeight),
    maybe('dbias', linearBias),
  ),
  gelu: signature<FlatShape>({ size: 0 }, f32('x', size), f32('dy', size), f32('dx', size)),
  softmax: signature<RowsShape>(rowsSizes, f32('y', rowsSize), f32('dy', rowsSize), f32('dx', rowsSize)),
  attention: signature<AttentionShape>(
    attentionSizes,
    offsets,
    f32('q', attentionLength),
    f32('k', attentionLength),
    f32('v', attentionLength),
    f32('dy', attentionLength),
    f32('dq', attentionLength),
    f32('dk', attentionLength),
    f32('dv', attentionLength),
  ),
  embedding: signature<EmbeddingShape>(
    embeddingSizes,
    embeddingIds,
    f32('dy', embeddingOut),
    f32('dtable', embeddingTable),
  ),
  crossEntropy: signature<CrossEntropyShape>(
    classSizes,
    f32('logits', logits),
    targets,
    f32('dlosses', classRows),
    f32('dlogits', logits),
  ),
} as const;

/** `sumOfSquares` takes one array of any length and no shape, so it is checked apart. */
export const optimSignatures = {
  adamw: signature<AdamWShape>(
    { size: 0, step: 1 },
    f32('parameter', size),
    f32('gradient', size),
    f32('m', size),
    f32('v', size),
  ),
  cellVariation: signature<CellVariationShape>(
    { tables: 1, bits: 1, out: 1, bit: -1 },
    f32('tables', variationTables),
    maybe('dtables', variationTables),
  ),
} as const;

export type ForwardName = keyof typeof forwardSignatures;
export type GradName = keyof typeof gradSignatures;
