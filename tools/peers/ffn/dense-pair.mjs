/** The two linears of a dense FFN on a backend of ours: `forward(rows, x, y)`, and how it keeps the weights. */
export function densePair(backend, d, dtype, { up, down }) {
  const inner = 4 * d;
  const first = backend.prepare.linear({ in: d, out: inner, activation: 'gelu', dtype }, up.weight, up.bias);
  const second = backend.prepare.linear({ in: inner, out: d, dtype }, down.weight, down.bias);
  let middle = new Float32Array(0);
  const forward = (rows, x, y) => {
    if (middle.length !== rows * inner) middle = new Float32Array(rows * inner);
    first.forward(rows, x, middle);
    second.forward(rows, middle, y);
  };
  return Object.assign(forward, { dtype: first.dtype });
}
