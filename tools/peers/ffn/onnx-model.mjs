// Just enough of ONNX's protobuf to write a model: fields and numbers as in onnx.proto3 of the ONNX standard.

function varint(value) {
  const bytes = [];
  // A negative number as its 64 bits, as protobuf has it.
  let rest = BigInt.asUintN(64, BigInt(value));
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

/** AttributeProto { name = 1, f = 2, i = 3, ints = 8, type = 20 (FLOAT = 1, INT = 2, INTS = 7) }; a float as { float }. */
function attributeValue(value) {
  if (Array.isArray(value)) return [...value.map((i) => number(8, i)), number(20, 7)];
  if (typeof value !== 'object') return [number(3, value), number(20, 2)];
  const float = Buffer.alloc(4);
  float.writeFloatLE(value.float);
  return [varint((2 << 3) | 5), float, number(20, 1)];
}

export function node(type, inputs, outputs, attributes = {}) {
  const attribute = ([name, value]) => bytes(5, Buffer.concat([text(1, name), ...attributeValue(value)]));
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

/** A whole model; inputs and outputs are `{ name, dims, type }`, float by default. */
export function model({ input, inputs = [input], output, outputs = [output], parts }) {
  const values = (field, list) =>
    list.map(({ name, type = types.float, dims }) => value(field, name, type, dims));
  const graph = Buffer.concat([...parts, text(2, 'graph'), ...values(11, inputs), ...values(12, outputs)]);
  // IR version 9, opset 20 (the first with Gelu).
  return Buffer.concat([number(1, 9), bytes(7, graph), bytes(8, number(2, 20))]);
}
