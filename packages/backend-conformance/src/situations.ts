import { type ReadMode, readsNearest } from '@lookupffn/core';
import { awkwardZ, type Generator, normals } from './inputs.js';

/** One shape, and whatever is special about the arguments, to put an operation into. */
export interface Situation {
  readonly op: string;
  readonly label: string;
  // biome-ignore lint/suspicious/noExplicitAny: shapes differ per operation.
  readonly shape: any;
  /** Learned score parameters to give. */
  readonly score?: readonly ('temperature' | 'beta' | 'gamma')[];
  /** Arguments (inputs or gradient outputs) to give as null. */
  readonly without?: readonly string[];
  /** Inputs that are not drawn as usual. */
  readonly fill?: Readonly<Record<string, Generator>>;
  /** Default both. */
  readonly only?: 'value' | 'gradient';
}

type Extra = Partial<Omit<Situation, 'op' | 'shape'>>;

function situation(op: string, shape: Record<string, unknown>, extra: Extra = {}): Situation {
  const sizes = Object.entries(shape).map(([key, value]) => `${key}=${value}`);
  const label = [...sizes, ...(extra.label ? [extra.label] : [])].join(' ');
  return { ...extra, op, shape, label };
}

/** Rows and width: none, one, fewer than a vector, more than a tile and odd. */
const rowsAndSizes = [
  [0, 12],
  [1, 1],
  [1, 12],
  [3, 96],
  [17, 12],
  [17, 96],
  [3, 768],
] as const;

const hadamard = [
  [0, 16],
  [1, 1],
  [3, 2],
  [17, 8],
  [3, 128],
  [17, 64],
  [1, 1024],
  [3, 4096],
].map(([rows, size]) => situation('hadamard', { rows, size }));

const bh4 = [
  [0, 12, 4, 4, 1],
  [1, 1, 1, 4, 1],
  [3, 1, 1, 1, 2],
  [1, 12, 4, 1, 1],
  [3, 12, 4, 2, 2],
  [17, 12, 16, 3, 1],
  [17, 12, 1, 4, 3],
  [17, 96, 8, 4, 1],
  [3, 96, 128, 2, 1],
  [5, 128, 32, 4, 2],
  [3, 768, 64, 4, 1],
].map(([rows, hidden, block, stages, repeats]) => situation('bh4', { rows, hidden, block, stages, repeats }));

const project = [
  // z cut off inside a repeat, and whole repeats; one coordinate; several repeats.
  [0, 'bh4', 12, 3, 4, 4, 4],
  [1, 'bh4', 1, 1, 1, 1, 4],
  [3, 'bh4', 12, 3, 4, 4, 1],
  [17, 'bh4', 12, 5, 7, 8, 2],
  [3, 'bh4', 16, 4, 8, 16, 3],
  [17, 'bh4', 96, 12, 10, 32, 4],
  [3, 'bh4', 768, 128, 8, 64, 4],
  [0, 'dense', 12, 3, 4, 0, 0],
  [1, 'dense', 1, 1, 1, 0, 0],
  [17, 'dense', 12, 5, 7, 0, 0],
  [3, 'dense', 96, 16, 8, 0, 0],
].map(([rows, projection, hidden, tables, bits, block, stages]) =>
  situation('project', { rows, projection, hidden, tables, bits, block, stages }),
);

const everyBits = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const;

const hash = [
  ...everyBits.map((bits) => situation('hash', { rows: 3, tables: bits === 8 ? 128 : 5, bits })),
  situation('hash', { rows: 0, tables: 3, bits: 4 }),
  situation('hash', { rows: 1, tables: 1, bits: 1 }),
  situation('hash', { rows: 17, tables: 1, bits: 8 }),
  situation('hash', { rows: 17, tables: 3, bits: 5 }, { label: 'beta gamma', score: ['beta', 'gamma'] }),
  situation('hash', { rows: 3, tables: 8, bits: 8 }, { label: 'beta', score: ['beta'] }),
  situation('hash', { rows: 17, tables: 9, bits: 8 }, awkward()),
];

function awkward(): Extra {
  // The score has a kink at 0 and codes jump there: values only.
  return { label: 'zeros, ties and extremes', fill: { z: awkwardZ }, only: 'value' };
}

/** Gradients that a read has: the parameters belong to the reads that hash by score. */
function withoutFor(read: ReadMode): string[] {
  if (readsNearest(read)) return [];
  return read === 'single' ? ['dtemperature'] : ['dtemperature', 'dbeta', 'dgamma'];
}

function reading(rows: number, tables: number, bits: number, mode: ReadMode, extra: Extra = {}): Situation {
  return situation('read', { rows, tables, bits, read: mode }, { ...extra, without: withoutFor(mode) });
}

const read = [
  ...(['single', 'two-cell', 'three-cell', 'four-cell', 'neighbours'] as const).flatMap((mode) => [
    ...everyBits.map((bits) => reading(3, 5, bits, mode)),
    reading(0, 3, 4, mode),
    reading(17, 1, 8, mode),
    reading(17, 9, 8, mode, awkward()),
  ]),
  ...everyBits.map((bits) => reading(3, 2, bits, 'full')),
  reading(0, 3, 4, 'full'),
  reading(17, 1, 3, 'full'),
  // Only z far from overflow: `full` is for study, and every cell's weight is a product there.
  reading(17, 3, 5, 'single', { label: 'beta gamma', score: ['beta', 'gamma'] }),
  reading(17, 3, 5, 'two-cell', { label: 'temperature', score: ['temperature'] }),
  ...(['two-cell', 'three-cell', 'four-cell'] as const).map((mode) =>
    reading(17, 3, 5, mode, {
      label: 'temperature beta gamma',
      score: ['temperature', 'beta', 'gamma'],
    }),
  ),
];

const gather = [
  [0, 3, 4, 1, 12],
  [1, 1, 1, 1, 1],
  [3, 5, 3, 1, 7],
  [17, 4, 6, 2, 12],
  [17, 3, 4, 5, 96],
  [3, 2, 5, 32, 13],
  [3, 4, 8, 1, 768],
  [1, 1, 10, 11, 33],
  // Every cell is read many times, as in training: backends may take these cell by cell, or tables in pieces.
  [70, 5, 3, 2, 101],
  [2060, 2, 2, 2, 9],
].flatMap(([rows, tables, bits, cells, out]) => [
  situation('gather', { rows, tables, bits, cells, out }),
  ...(tables === 5 && rows === 3
    ? [
        situation(
          'gather',
          { rows, tables, bits, cells, out },
          {
            label: 'no bias',
            without: ['bias'],
            only: 'value',
          },
        ),
      ]
    : []),
]);

const layerNorm = [
  ...rowsAndSizes.map(([rows, size]) => situation('layerNorm', { rows, size, epsilon: 1e-5 })),
  situation('layerNorm', { rows: 3, size: 1001, epsilon: 1e-12 }),
];

const linear = [
  [0, 7, 13],
  [1, 1, 1],
  [1, 7, 13],
  [3, 7, 13],
  [17, 12, 96],
  [17, 96, 12],
  [3, 768, 768],
  // Past the edges of every tile, in all three directions.
  [67, 130, 259],
  // A batch longer, and an input wider, than a kernel may take at once.
  [300, 530, 9],
]
  .map(([rows, width, out]) => situation('linear', { rows, in: width, out }))
  .concat(
    situation('linear', { rows: 3, in: 33, out: 18 }, { label: 'no bias', without: ['bias'], only: 'value' }),
  );

const flatSizes = [0, 1, 3, 17, 96, 2309];
const gelu = flatSizes.map((size) => situation('gelu', { size }));
const add = flatSizes.map((size) => situation('add', { size }));

const large: Generator = (random, length) => normals(random, length, 300, 1000);

const softmax = [
  ...rowsAndSizes.map(([rows, size]) => situation('softmax', { rows, size })),
  situation('softmax', { rows: 5, size: 31 }, { label: 'large', fill: { x: large }, only: 'value' }),
];

/** Sequences of these lengths, packed one after the other; empty ones are allowed. */
function attending(lengths: readonly number[], heads: number, headSize: number): Situation {
  const offsets = new Int32Array(lengths.length + 1);
  lengths.forEach((length, i) => {
    offsets[i + 1] = offsets[i]! + length;
  });
  return situation(
    'attention',
    { rows: offsets.at(-1), sequences: lengths.length, heads, headSize },
    { label: `lengths=${lengths.join(',') || 'none'}`, fill: { offsets: () => offsets.slice() } },
  );
}

const attention = [
  attending([], 2, 8),
  attending([0], 2, 8),
  attending([1], 1, 1),
  attending([1, 0, 3, 0, 0, 17], 2, 12),
  attending([0, 5, 1, 1, 12, 0], 3, 7),
  attending([33, 2, 67], 2, 64),
];

const embedding = [
  [0, 5, 12],
  [1, 1, 1],
  [3, 100, 12],
  // More rows than the table has: ids repeat, and their gradients meet.
  [17, 4, 96],
  [17, 50, 768],
].map(([rows, vocabulary, size]) => situation('embedding', { rows, vocabulary, size }));

const crossEntropy = [
  ...[
    [0, 5],
    [1, 1],
    [3, 2],
    [17, 12],
    [17, 97],
    [3, 8191],
  ].map(([rows, classes]) => situation('crossEntropy', { rows, classes })),
  situation('crossEntropy', { rows: 5, classes: 31 }, { label: 'large', fill: { logits: large } }),
];

/** The one list: value and gradient cases, and the properties, are made from it. */
export const situations: readonly Situation[] = [
  ...hadamard,
  ...bh4,
  ...project,
  ...hash,
  ...read,
  ...gather,
  ...layerNorm,
  ...linear,
  ...gelu,
  ...softmax,
  ...attention,
  ...embedding,
  ...add,
  ...crossEntropy,
];
