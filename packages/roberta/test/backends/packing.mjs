// The reference with prepared weights that can be saved: the checkpoint's own arrays, end to end.
import {
  createReferenceBackend,
  defineBackend,
  lookupFfnGeometry,
  projectionWeightLength,
} from '@lookupffn/core';

function saving(handle, arrays) {
  const parts = arrays.filter(Boolean).map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength));
  const bytes = Uint8Array.from(Buffer.concat(parts));
  return { ...handle, bytes: bytes.byteLength, save: () => bytes.slice() };
}

/** Cuts arrays of the given lengths off, null where a length is 0. */
function cut(bytes, lengths) {
  const expected = 4 * lengths.reduce((sum, length) => sum + length, 0);
  if (bytes.byteLength !== expected) {
    throw Object.assign(new Error(`${bytes.byteLength} bytes, not ${expected}`), {
      code: 'SHAPE_MISMATCH',
      [Symbol.for('lookupffn.error')]: true,
    });
  }
  const copy = bytes.slice();
  let at = 0;
  return lengths.map((length) => {
    const part = new Float32Array(copy.buffer, at, length);
    at += 4 * length;
    return length > 0 ? part : null;
  });
}

function createPackingBackend(layout) {
  const { prepare } = createReferenceBackend();
  const linear = (options, weight, bias) => saving(prepare.linear(options, weight, bias), [weight, bias]);
  const lookupFfn = (config, w, options) => ({
    ...saving(prepare.lookupFfn(config, w, options), [
      ...[w.norm.weight, w.norm.bias, w.projectionWeight, w.projectionBias, w.tables, w.bias],
      ...[w.skip, w.temperature, w.beta, w.gamma],
    ]),
    // As asked, to show that it comes back; its values stay float32.
    skipDtype: options.skipDtype,
  });
  return defineBackend({
    name: 'packing',
    prepare: { linear, lookupFfn },
    adopt: {
      layout,
      linear(options, hasBias, bytes) {
        const { in: inSize, out } = options;
        const [weight, bias] = cut(bytes, [inSize * out, hasBias ? out : 0]);
        return linear(options, weight, bias);
      },
      lookupFfn(config, has, options, bytes) {
        const { hidden, out, tables } = config;
        const { codeBits, cells } = lookupFfnGeometry(config);
        const [
          normWeight,
          normBias,
          projectionWeight,
          projectionBias,
          values,
          bias,
          skip,
          temperature,
          beta,
          gamma,
        ] = cut(bytes, [
          ...[hidden, hidden, projectionWeightLength(config), codeBits, tables * cells * out, out],
          has.skip ? hidden * out : 0,
          ...['temperature', 'beta', 'gamma'].map((name) => (has[name] ? tables : 0)),
        ]);
        const norm = { weight: normWeight, bias: normBias, epsilon: has.normEpsilon };
        const weights = {
          norm,
          projectionWeight,
          projectionBias,
          tables: values,
          bias,
          skip,
          temperature,
          beta,
          gamma,
        };
        return lookupFfn(config, weights, options);
      },
    },
  });
}

/** `layout` is the name that it gives its bytes. */
export const packingFactory = (layout) => ({
  name: 'packing',
  apiVersion: 1,
  priority: 0,
  module: import.meta.url,
  probe: () => ({ ok: true, reason: 'a test' }),
  create: async () => createPackingBackend(layout),
});

export default packingFactory('plain');
