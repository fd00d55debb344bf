// What is fitted to the dense layer for each of the paper's two questions: FFN sections as in a config.
const lookup = (change) => ({
  kind: 'lookup',
  ...{ tables: 1, bits: 8, projection: 'dense', block: 16, stages: 4, read: 'two-cell' },
  ...{ temperature: false, scorePower: false, skip: false },
  ...change,
});

/** Dense FFNs of the same kind as the layer itself, down to as few FLOP as a table needs: the honest control. */
const dense = (widths) =>
  widths.map((inner) => ({
    series: 'dense FFN',
    name: `dense, ${inner} wide`,
    ffn: { kind: 'dense' },
    inner,
  }));

const oneTable = () => [
  ...dense([1, 2, 4, 8, 16, 32, 64, 256]),
  ...['single', 'two-cell'].flatMap((read) =>
    [4, 6, 8, 10, 12].map((bits) => ({
      series: `one table, ${read}`,
      name: `one table of ${2 ** bits}, ${read}`,
      ffn: lookup({ bits, read, temperature: read === 'two-cell' }),
    })),
  ),
  // The softmax over all cells, of which the others are truncations.
  ...[4, 6, 8].map((bits) => ({
    series: 'one table, full',
    name: `one table of ${2 ** bits}, full`,
    ffn: lookup({ bits, read: 'full' }),
  })),
];

const projections = [
  { name: 'dense projection', change: { projection: 'dense' } },
  { name: 'BH4, block 8', change: { projection: 'bh4', block: 8 } },
  { name: 'BH4, block 16', change: { projection: 'bh4', block: 16 } },
  { name: 'BH4, block 16, one stage', change: { projection: 'bh4', block: 16, stages: 1 } },
];

const projection = () => [
  ...dense([4, 8, 16, 32, 64, 256]),
  ...projections.flatMap(({ name, change }) =>
    [1, 4, 16, 32].map((tables) => ({
      series: name,
      name: `${tables} table${tables > 1 ? 's' : ''} of 256, ${name}`,
      ffn: lookup({ tables, temperature: true, ...change }),
    })),
  ),
];

export const questions = {
  'one-table': {
    title: 'One table with a dense projection in place of a small dense FFN',
    candidates: oneTable,
  },
  projection: { title: 'BH4 in place of the dense projection', candidates: projection },
};
