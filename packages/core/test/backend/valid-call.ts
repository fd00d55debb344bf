import {
  type AnySignature,
  type ArrayArgument,
  forwardSignatures,
  gradSignatures,
  optimSignatures,
} from '../../src/backend/signatures.js';

type Shape = Record<string, unknown>;

const rows = { rows: 3, size: 4, epsilon: 1e-5 };
const linear = { rows: 3, in: 2, out: 4 };
const hash = { rows: 3, tables: 2, bits: 3 };

/** A shape that each operation accepts. */
const shapes: Record<string, Shape> = {
  hadamard: rows,
  bh4: { rows: 3, hidden: 3, block: 2, stages: 2, repeats: 2 },
  project: { ...hash, projection: 'bh4', hidden: 3, block: 2, stages: 2 },
  hash,
  read: { ...hash, read: 'two-cell' },
  gather: { ...hash, cells: 2, out: 2 },
  layerNorm: rows,
  linear,
  gelu: { size: 5 },
  softmax: rows,
  attention: { rows: 3, sequences: 2, heads: 2, headSize: 2 },
  embedding: { rows: 3, vocabulary: 4, size: 2 },
  add: { size: 5 },
  crossEntropy: { rows: 3, classes: 4 },
  adamw: {
    size: 5,
    learningRate: 0.1,
    beta1: 0.9,
    beta2: 0.99,
    epsilon: 1e-8,
    weightDecay: 0,
    step: 1,
    gradientScale: 1,
  },
  cellVariation: { tables: 2, bits: 3, out: 2, bit: -1, scale: 1 },
};

export interface Call {
  readonly group: 'ops' | 'grad' | 'optim';
  readonly name: string;
  readonly signature: AnySignature;
  readonly shape: Shape;
  /** Fresh arguments that the operation accepts. */
  args(): unknown[];
}

function validArray(argument: ArrayArgument<Shape>, shape: Shape): Float32Array | Int32Array {
  const length = argument.length(shape);
  if (argument.kind === 'f32') return new Float32Array(length).fill(0.5);
  const array = new Int32Array(length);
  // All rows in the last sequence, so that an empty one is among them.
  if (argument.offsetsTo) array[length - 1] = argument.offsetsTo(shape);
  return array;
}

function calls(group: Call['group'], signatures: Record<string, AnySignature>): Call[] {
  return Object.entries(signatures).map(([name, signature]) => {
    const shape = shapes[name]!;
    return {
      group,
      name,
      signature,
      shape,
      args: () => signature.args.map((a) => (a === 'score' ? {} : validArray(a, shape))),
    };
  });
}

/** One valid call of every operation that takes a shape. */
export const validCalls: readonly Call[] = [
  ...calls('ops', forwardSignatures),
  ...calls('grad', gradSignatures),
  ...calls('optim', optimSignatures),
];
