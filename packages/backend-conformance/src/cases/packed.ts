import { drawRows, drawWeights, plainBlock } from '../block.js';
import { type ConformanceCase, makeCase } from '../case.js';
import { normals, randomFor } from '../inputs.js';

/** Weights are packed once: what happens to the arrays they came from afterwards does not matter. */
export const packedCases: readonly ConformanceCase[] = [
  makeCase('property', 'prepare.linear', 'keeps nothing of the arrays given', (backend, findings, name) => {
    const random = randomFor(name);
    const weight = normals(random, 13 * 7);
    const bias = normals(random, 13);
    const given = [weight.slice(), bias.slice()];
    const handle = backend.prepare.linear({ in: 7, out: 13 }, weight, bias);
    findings.same('weight was changed', weight, given[0]!);
    findings.same('bias was changed', bias, given[1]!);
    if (!(handle.bytes >= 4 * (13 * 7))) findings.fail(`says it holds ${handle.bytes} bytes`);
    const x = normals(random, 3 * 7);
    const before = new Float32Array(3 * 13);
    const after = new Float32Array(3 * 13);
    handle.forward(3, x, before);
    weight.fill(9);
    bias.fill(9);
    handle.forward(3, x, after);
    handle.dispose();
    findings.same('y', after, before);
  }),
  makeCase(
    'property',
    'prepare.lookupFfn',
    'keeps nothing of the arrays given',
    (backend, findings, name) => {
      const random = randomFor(name);
      const shape = { ...plainBlock, read: 'two-cell' } as const;
      const weights = drawWeights(random, shape, { norm: true, skip: true, score: ['temperature', 'beta'] });
      const arrays = [...Object.values(weights), ...Object.values(weights.norm ?? {})].filter(
        (value) => value instanceof Float32Array,
      );
      const given = arrays.map((array) => array.slice());
      const x = drawRows(random, shape, weights, 3);
      const handle = backend.prepare.lookupFfn(shape, weights);
      arrays.forEach((array, i) => {
        findings.same('a weight was changed', array, given[i]!);
      });
      if (!(handle.bytes >= weights.tables.byteLength)) findings.fail(`says it holds ${handle.bytes} bytes`);
      const before = new Float32Array(3 * shape.out);
      const after = new Float32Array(3 * shape.out);
      handle.forward(3, x, before);
      for (const array of arrays) array.fill(9);
      handle.forward(3, x, after);
      handle.dispose();
      findings.same('y', after, before);
    },
  ),
];
