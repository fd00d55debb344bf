// A stack of dense FFNs (d, inner, GELU, d) as an ONNX model: float32, or int8 with dynamic activation scales.
import { initializer, model, node, types } from './onnx-model.mjs';

function transpose(weight, out, size) {
  const result = new Float32Array(weight.length);
  for (let o = 0; o < out; o++) for (let i = 0; i < size; i++) result[i * out + o] = weight[o * size + i];
  return result;
}

/** `y = x W^T + b` as ONNX nodes, weight `[out, size]`. */
export function floatLinear(name, x, y, { weight, bias, out, size }) {
  return [
    initializer(`${name}.w`, types.float, [size, out], transpose(weight, out, size)),
    initializer(`${name}.b`, types.float, [out], bias),
    node('MatMul', [x, `${name}.w`], [`${name}.m`]),
    node('Add', [`${name}.m`, `${name}.b`], [y]),
  ];
}

/** The same as onnxruntime's own dynamic quantisation writes it: per-column symmetric int8 weights, uint8 activations. */
export function int8Linear(name, x, y, { weight, bias, out, size }) {
  const scales = new Float32Array(out);
  const quantised = new Int8Array(weight.length);
  for (let o = 0; o < out; o++) {
    const row = weight.subarray(o * size, (o + 1) * size);
    const scale = row.reduce((m, w) => Math.max(m, Math.abs(w)), 1e-30) / 127;
    scales[o] = scale;
    for (let i = 0; i < size; i++) quantised[i * out + o] = Math.round(row[i] / scale);
  }
  const n = (part) => `${name}.${part}`;
  return [
    initializer(n('w'), types.int8, [size, out], quantised),
    initializer(n('s'), types.float, [out], scales),
    initializer(n('b'), types.float, [out], bias),
    node('DynamicQuantizeLinear', [x], [n('q'), n('qs'), n('qz')]),
    node('MatMulInteger', [n('q'), n('w'), n('qz')], [n('i')]),
    node('Cast', [n('i')], [n('f')], { to: types.float }),
    node('Mul', [n('qs'), n('s')], [n('ss')]),
    node('Mul', [n('f'), n('ss')], [n('m')]),
    node('Add', [n('m'), n('b')], [y]),
  ];
}

/** layers: `[{ up: {weight, bias, out, size}, down: {...} }]`; the output of one is the input of the next. */
export function denseFfnModel(layers, hidden, dtype) {
  const linear = dtype === 'int8' ? int8Linear : floatLinear;
  const parts = layers.flatMap(({ up, down }, i) => [
    ...linear(`up${i}`, `x${i}`, `h${i}`, up),
    node('Gelu', [`h${i}`], [`g${i}`]),
    ...linear(`down${i}`, `g${i}`, `x${i + 1}`, down),
  ]);
  const dims = ['rows', hidden];
  return model({ input: { name: 'x0', dims }, output: { name: `x${layers.length}`, dims }, parts });
}
