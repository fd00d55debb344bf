import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  Backend,
  LookupFfnConfig,
  PreparedLinear,
  PreparedLookupFfn,
  TableDtype,
} from '@lookupffn/core';
import { projectionWeightLength, Random } from '@lookupffn/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNativeBackend } from '../src/index.js';
import { isas } from './backends.js';

const folder = mkdtempSync(join(tmpdir(), 'lookupffn-adopt-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const random = new Random(5);
const normal = (length: number) => Float32Array.from({ length }, () => random.normal());
const rows = 5;
const config: LookupFfnConfig = {
  hidden: 48,
  out: 20,
  tables: 7,
  bits: 4,
  projection: 'bh4',
  block: 16,
  stages: 3,
  read: 'two-cell',
};
const parts = { normEpsilon: 1e-5, skip: true, temperature: true, beta: false, gamma: true };

/** Both kinds of affine path are saved and adopted. */
const skipDtypeBeside = (tableDtype: TableDtype) => (tableDtype.startsWith('int') ? 'int8' : 'f32');

function lookup(backend: Backend, shape: LookupFfnConfig, tableDtype: TableDtype) {
  return backend.prepare.lookupFfn(
    shape,
    {
      norm: { weight: normal(48), bias: normal(48), epsilon: 1e-5 },
      projectionWeight: normal(projectionWeightLength(shape)),
      projectionBias: normal(28),
      tables: normal(7 * 16 * 20),
      bias: normal(20),
      skip: normal(20 * 48),
      temperature: normal(7).map(Math.abs),
      gamma: normal(7).map(Math.abs),
    },
    { tableDtype, skipDtype: skipDtypeBeside(tableDtype) },
  );
}

function run(handle: PreparedLinear | PreparedLookupFfn, x: Float32Array): Float32Array {
  const y = new Float32Array(rows * 20);
  handle.forward(rows, x, y);
  return y;
}

describe.each(isas)('adopted weights on %s', (isa) => {
  let backend: Backend;
  beforeAll(() => {
    backend = createNativeBackend({ isa });
  });

  it.each(['f32', 'bf16', 'int8', 'int4'] as const)(
    'LookupFFN %s: equal results, from a copy and from a file',
    (tableDtype) => {
      for (const shape of [config, { ...config, projection: 'dense', read: 'single' } as const]) {
        const made = lookup(backend, shape, tableDtype);
        const saved = made.save!();
        const x = normal(rows * 48);
        const expected = run(made, x);
        expect(made.skipDtype).toBe(skipDtypeBeside(tableDtype));
        const options = { tableDtype: made.dtype as typeof tableDtype, skipDtype: made.skipDtype };
        const copied = backend.adopt!.lookupFfn(shape, parts, options, saved);
        saved.fill(0);
        expect(run(copied, x)).toEqual(expected);
        expect(copied.parts!.mapped).toBe(0);

        const path = join(folder, `${isa}-${shape.projection}-${tableDtype}`);
        // A page before it, as in a file with a header.
        writeFileSync(path, Buffer.concat([Buffer.alloc(4096), copied.save!()]));
        const bytes = new Uint8Array(backend.adopt!.mapFile!(path), 4096);
        const mapped = backend.adopt!.lookupFfn(shape, parts, options, bytes);
        expect(run(mapped, x)).toEqual(expected);
        expect(mapped.parts).toEqual({ ...made.parts, mapped: made.bytes });
        // The buffer may go: the handle keeps the mapping itself.
        structuredClone(bytes.buffer, { transfer: [bytes.buffer as ArrayBuffer] });
        expect(run(mapped, x)).toEqual(expected);
        for (const handle of [made, copied, mapped]) handle.dispose();
        expect(() => mapped.save!()).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
      }
    },
  );

  it.each(['f32', 'int8'] as const)('linear %s, with GELU and bias and without', (dtype) => {
    for (const bias of [normal(20), null]) {
      const options = { in: 48, out: 20, dtype, activation: bias ? ('gelu' as const) : ('none' as const) };
      const made = backend.prepare.linear(options, normal(20 * 48), bias);
      const x = normal(rows * 48);
      const adopted = backend.adopt!.linear(options, bias !== null, made.save!());
      expect(run(adopted, x)).toEqual(run(made, x));
    }
  });

  it('refuses bytes of another length, sizes beyond all bounds and files that are none', () => {
    const adopt = backend.adopt!;
    const refused = expect.objectContaining({ code: 'SHAPE_MISMATCH' });
    expect(() => adopt.linear({ in: 8, out: 8 }, true, new Uint8Array(4))).toThrow(refused);
    expect(() => adopt.linear({ in: 2 ** 30, out: 2 ** 30 }, true, new Uint8Array(4))).toThrow(refused);
    const huge = { ...config, hidden: 65536, out: 65536, tables: 65536, bits: 20 };
    expect(() => adopt.lookupFfn(huge, parts, {}, new Uint8Array(64))).toThrow(refused);
    expect(() => adopt.lookupFfn(config, parts, {}, new Uint8Array(64))).toThrow(refused);
    for (const path of [join(folder, 'none'), folder, '/dev/null', `a\0b`]) {
      expect(() => adopt.mapFile!(path)).toThrow(expect.objectContaining({ code: 'FILE_IO' }));
    }
  });
});

it('the name of the layout tells instruction sets apart and is the same every time', () => {
  const names = isas.map((isa) => createNativeBackend({ isa }).adopt!.layout);
  expect(new Set(names).size).toBe(isas.length);
  expect(createNativeBackend({ isa: isas[0] }).adopt!.layout).toBe(names[0]);
});
