import { fileURLToPath } from 'node:url';
import { describeConformance, readGoldenCases } from '@lookupffn/backend-conformance';
import { describe, expect, it } from 'vitest';
import { createWasmBackend } from '../src/backend.js';

const goldenFolder = fileURLToPath(new URL('../../backend-conformance/test/golden', import.meta.url));
const goldenCases = await readGoldenCases(goldenFolder);

for (const isa of ['scalar', 'simd128']) {
  const backend = await createWasmBackend({ isa });

  describe(isa, () => {
    it('runs the module asked for and brings every forward operation itself', () => {
      expect(backend.info.isa).toBe(isa);
      expect(backend.info.filled.filter((name) => /^(ops|prepare)\./.test(name))).toEqual([]);
    });
    describeConformance({ describe, it }, backend, { goldenCases });
  });
}
