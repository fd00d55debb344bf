// Just enough of ONNX's protobuf to write a model: fields and numbers as in onnx.proto3 of the ONNX standard.

function varint(value) {
  const bytes = [];
  let rest = BigInt(value);
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return Buffer.from(bytes);
}

const number = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);
const bytes = (field, data) => Buffer.concat([varint((field << 3) | 2), varint(data.length), data]);
const text = (field, value) => bytes(field, Buffer.from(value));

/** Element types of TensorProto. */
export const types = { float: 1, uint8: 2, int8: 3, int64: 7 };

/** A constant; data is a typed array, row-major. */
export function initializer(name, type, dims, data) {
  const raw = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return bytes(
    5,
    Buffer.concat([...dims.map((d) => number(1, d)), number(2, type), text(8, name), bytes(9, raw)]),
  );
}

export function node(type, inputs, outputs, attributes = {}) {
  // Only integer attributes are needed here: AttributeProto { name = 1, i = 3, type = 20 (INT = 2) }.
  const attribute = ([name, value]) =>
    bytes(5, Buffer.concat([text(1, name), number(3, value), number(20, 2)]));
  return bytes(
    1,
    Buffer.concat([
      ...inputs.map((i) => text(1, i)),
      ...outputs.map((o) => text(2, o)),
      text(4, type),
      ...Object.entries(attributes).map(attribute),
    ]),
  );
}

function value(field, name, type, dims) {
  const dim = (d) => bytes(1, typeof d === 'string' ? text(2, d) : number(1, d));
  const shape = bytes(2, Buffer.concat(dims.map(dim)));
  return bytes(
    field,
    Buffer.concat([text(1, name), bytes(2, bytes(1, Buffer.concat([number(1, type), shape])))]),
  );
}

/** A whole model with one float input and one float output. */
export function model({ input, output, parts }) {
  const graph = Buffer.concat([
    ...parts,
    text(2, 'graph'),
    value(11, input.name, types.float, input.dims),
    value(12, output.name, types.float, output.dims),
  ]);
  // IR version 9, opset 20 (the first with Gelu).
  return Buffer.concat([number(1, 9), bytes(7, graph), bytes(8, number(2, 20))]);
}
