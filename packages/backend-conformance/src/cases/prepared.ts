import {
  type LinearDtype,
  type LinearOptions,
  type LookupFfnConfig,
  type LookupFfnOptions,
  type Prepared,
  readModes,
} from '@lookupffn/core';
import { type BlockExtras, drawRows, drawWeights, isAmbiguous, projectRows } from '../block.js';
import { type ConformanceCase, makeCase } from '../case.js';
import { type Findings, magnitude } from '../findings.js';
import { normals, randomFor } from '../inputs.js';
import { getOracle } from '../oracle.js';
import {
  BF16_PROJECTION_MARGIN,
  BF16_PROJECTION_TOLERANCE,
  INT8_LINEAR_TOLERANCE,
  QUANTISED_TOLERANCE,
} from '../tolerances.js';

/** Notes a dtype that the backend lacks; such a handle must keep to float32's tolerance. */
function keptAs(findings: Findings, handle: Prepared, asked: string): string {
  if (handle.dtype !== asked && handle.dtype !== 'f32') {
    findings.fail(`asked for ${asked} and keeps ${handle.dtype}; only f32 may stand in`);
  }
  if (handle.dtype !== asked) findings.note = `keeps ${handle.dtype} instead of ${asked}`;
  return handle.dtype;
}

function linearCase(rows: number, options: LinearOptions, hasBias = true): ConformanceCase {
  const { in: width, out, dtype = 'f32', activation = 'none' } = options;
  const label = `rows=${rows} in=${width} out=${out} ${dtype} ${activation}${hasBias ? '' : ' no bias'}`;
  return makeCase('prepared', 'prepare.linear', label, (backend, findings, name) => {
    const random = randomFor(name);
    const weight = normals(random, out * width, 1 / Math.sqrt(width));
    const bias = hasBias ? normals(random, out, 0.1) : null;
    const x = normals(random, rows * width);
    const expected = new Float32Array(rows * out);
    getOracle()
      .prepare.linear({ ...options, dtype: 'f32' }, weight, bias)
      .forward(rows, x, expected);

    const handle = backend.prepare.linear(options, weight, bias);
    const kept = keptAs(findings, handle, dtype);
    const before = x.slice();
    const actual = new Float32Array(rows * out).fill(Number.NaN);
    handle.forward(rows, x, actual);
    handle.dispose();
    findings.same('x was changed', x, before);
    if (kept === 'f32') findings.close('y', actual, expected, backend.info.tolerance);
    else findings.closeOnAverage('y', actual, expected, INT8_LINEAR_TOLERANCE);
  });
}

function lookupCase(
  rows: number,
  config: LookupFfnConfig,
  extras: BlockExtras = {},
  options: LookupFfnOptions = {},
): ConformanceCase {
  const { tableDtype = 'f32', projectionDtype = 'f32', skipDtype = 'f32' } = options;
  const { hidden, out, tables, bits, block, stages, projection, read } = config;
  const parts = [extras.norm && 'norm', extras.skip && 'skip', ...(extras.score ?? [])].filter(Boolean);
  const label = `rows=${rows} d=${hidden} out=${out} tables=${tables} bits=${bits} ${projection} block=${block} stages=${stages} ${read} ${[tableDtype, projectionDtype === 'bf16' && 'projection=bf16', ...parts, skipDtype === 'int8' && 'skip=int8'].filter(Boolean).join(' ')}`;
  return makeCase('prepared', 'prepare.lookupFfn', label, (backend, findings, name) => {
    const random = randomFor(name);
    const weights = drawWeights(random, config, extras);
    const x = drawRows(random, config, weights, rows);
    const expected = new Float32Array(rows * out);
    getOracle().prepare.lookupFfn(config, weights).forward(rows, x, expected);

    const handle = backend.prepare.lookupFfn(config, weights, options);
    const kept = keptAs(findings, handle, tableDtype);
    const narrow = handle.projectionDtype === 'bf16';
    if (narrow && projectionDtype !== 'bf16') findings.fail('keeps a bf16 projection unasked');
    if (!narrow && projectionDtype === 'bf16') findings.note = 'keeps an f32 projection instead of bf16';
    const int8Skip = handle.skipDtype === 'int8';
    if (int8Skip && !(skipDtype === 'int8' && extras.skip)) findings.fail('keeps an int8 skip path unasked');
    if (!int8Skip && extras.skip && skipDtype === 'int8')
      findings.note = 'keeps an f32 skip path instead of int8';
    const before = x.slice();
    const actual = new Float32Array(rows * out).fill(Number.NaN);
    handle.forward(rows, x, actual);
    handle.dispose();
    findings.same('x was changed', x, before);

    // Rows are drawn clear of every boundary by a wide margin; a backend that states a wider one is not held to them.
    const z = projectRows(getOracle(), config, weights, rows, x);
    const margin = (narrow ? BF16_PROJECTION_MARGIN : backend.info.tolerance) * magnitude(z);
    const clear = Array.from({ length: rows }, (_, row) => !isAmbiguous(z, row, config, margin));
    if (kept === 'f32' && !narrow && !int8Skip) {
      const counts = (i: number) => clear[Math.floor(i / out)]!;
      findings.close('y', actual, expected, backend.info.tolerance, { counts });
    } else {
      const only = (values: Float32Array) => values.filter((_, i) => clear[Math.floor(i / out)]);
      const tolerance =
        (QUANTISED_TOLERANCE[kept] ?? 0) +
        (narrow ? BF16_PROJECTION_TOLERANCE : 0) +
        (int8Skip ? INT8_LINEAR_TOLERANCE : 0);
      findings.closeOnAverage('y', only(actual), only(expected), tolerance);
    }
  });
}

const small = { hidden: 12, out: 20, tables: 3, bits: 5, projection: 'bh4', block: 8, stages: 4 } as const;
const middle = { hidden: 96, out: 96, tables: 16, bits: 8, projection: 'bh4', block: 32, stages: 4 } as const;
const wide = { hidden: 768, out: 96, tables: 128, bits: 8, projection: 'bh4', block: 64, stages: 4 } as const;
const oneOfAll = { hidden: 1, out: 1, tables: 1, bits: 1, projection: 'bh4', block: 1, stages: 1 } as const;

const lookupCases = [
  ...readModes.flatMap((read) => [0, 1, 3, 17].map((rows) => lookupCase(rows, { ...small, read }))),
  ...readModes.map((read) => lookupCase(3, { ...small, projection: 'dense', block: 0, stages: 0, read })),
  ...([1, 2, 3] as const).map((stages) => lookupCase(3, { ...small, stages, block: 16, read: 'single' })),
  lookupCase(3, { ...oneOfAll, read: 'single' }),
  lookupCase(17, { ...small, tables: 9, bits: 7, block: 4, read: 'single' }, { norm: true, skip: true }),
  lookupCase(3, { ...small, bits: 10, block: 1, read: 'two-cell' }, { score: ['temperature'] }),
  ...(['two-cell', 'four-cell'] as const).map((read) =>
    lookupCase(17, { ...small, read }, { norm: true, score: ['temperature', 'beta', 'gamma'] }),
  ),
  // More cells than bits.
  lookupCase(3, { ...small, bits: 2, read: 'four-cell' }, { score: ['temperature'] }),
  lookupCase(17, { ...small, read: 'single' }, { skip: true, score: ['beta', 'gamma'] }),
  lookupCase(17, { ...middle, read: 'single' }, { norm: true }),
  lookupCase(17, { ...middle, out: 33, read: 'neighbours' }, { norm: true, skip: true }),
  lookupCase(67, { ...middle, read: 'two-cell' }),
  lookupCase(3, { ...wide, read: 'single' }, { norm: true }),
  lookupCase(3, { ...wide, out: 768, tables: 16, bits: 4, read: 'two-cell' }),
  ...(['bf16', 'f16', 'int8', 'int4'] as const).flatMap((dtype) => [
    lookupCase(17, { ...middle, read: 'single' }, { norm: true }, { tableDtype: dtype }),
    lookupCase(
      3,
      { ...middle, tables: 5, out: 768, read: 'two-cell' },
      { skip: true },
      { tableDtype: dtype },
    ),
    lookupCase(3, { ...small, out: 33, read: 'neighbours' }, {}, { tableDtype: dtype }),
  ]),
];

const narrowProjection = { projectionDtype: 'bf16' } as const;
const narrowCases = [
  ...([1, 17] as const).map((rows) =>
    lookupCase(rows, { ...small, block: 4, read: 'single' }, { norm: true }, narrowProjection),
  ),
  lookupCase(17, { ...small, hidden: 96, block: 64, read: 'two-cell' }, {}, narrowProjection),
  lookupCase(17, { ...small, read: 'single' }, {}, { ...narrowProjection, tableDtype: 'int8' }),
  lookupCase(3, { ...small, projection: 'dense', block: 0, stages: 0, read: 'single' }, {}, narrowProjection),
];

const narrowSkip = { skipDtype: 'int8' } as const;
const skipCases = [
  ...([0, 1, 17] as const).map((rows) =>
    lookupCase(rows, { ...middle, read: 'single' }, { norm: true, skip: true }, narrowSkip),
  ),
  lookupCase(67, { ...middle, out: 101, read: 'two-cell' }, { skip: true }, narrowSkip),
  lookupCase(3, { ...middle, read: 'neighbours' }, { skip: true }, { ...narrowSkip, tableDtype: 'int8' }),
  lookupCase(
    3,
    { ...small, hidden: 96, projection: 'dense', block: 0, stages: 0, read: 'single' },
    { norm: true, skip: true },
    narrowSkip,
  ),
  // Nothing to keep in it.
  lookupCase(3, { ...small, read: 'single' }, {}, narrowSkip),
];

const linearCases = (['f32', 'int8'] as LinearDtype[]).flatMap((dtype) => [
  ...[0, 1, 3, 17].map((rows) => linearCase(rows, { in: 96, out: 101, dtype })),
  linearCase(3, { in: 7, out: 13, dtype, activation: 'gelu' }),
  linearCase(17, { in: 96, out: 384, dtype, activation: 'gelu' }),
  linearCase(3, { in: 130, out: 18, dtype }, false),
  linearCase(67, { in: 130, out: 259, dtype }),
  linearCase(1, { in: 768, out: 768, dtype }),
]);

/** Prepared weights in every dtype, against the oracle's float32. */
export const preparedCases: readonly ConformanceCase[] = [
  ...linearCases,
  // With one input an int8 weight is as good as its scale; float32 alone can be held to something.
  linearCase(3, { in: 1, out: 1 }),
  ...lookupCases,
  ...narrowCases,
  ...skipCases,
];
