import {
  type ByteSource,
  type LookupFfnConfig,
  LookupFfnError,
  lookupFfnGeometry,
  openSafetensors,
  type ProjectionKind,
  projectionWeightLength,
  type ReadMode,
  validateLookupFfnConfig,
} from '@lookupffn/core';

/** One golden file: inputs in float32, expected values and gradients in float64 from formulas and autodiff. */
export interface GoldenCase {
  readonly name: string;
  readonly rows: number;
  readonly config: LookupFfnConfig;
  readonly x: Float32Array;
  readonly weights: {
    readonly projectionWeight: Float32Array;
    readonly projectionBias: Float32Array;
    readonly tables: Float32Array;
    readonly bias: Float32Array;
  };
  /** The gradient of y that the expected gradients come from. */
  readonly dy: Float32Array;
  readonly expected: {
    readonly z: Float64Array;
    readonly codes: Int32Array;
    readonly scores: Float64Array;
    readonly y: Float64Array;
    readonly dx: Float64Array;
    readonly dprojectionWeight: Float64Array;
    readonly dprojectionBias: Float64Array;
    readonly dtables: Float64Array;
    readonly dbias: Float64Array;
  };
}

/** The share of x in z that the conventions fix; a file made with another is not of these conventions. */
const DECAY = 0.7;

function parseCase(file: string, text: string | undefined): { rows: number; config: LookupFfnConfig } {
  const refuse = (what: string) =>
    new LookupFfnError('FILE_CORRUPT', `${file} is not a golden case: ${what}.`, { file });
  if (text === undefined) throw refuse('its metadata has no case');
  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(text);
  } catch {
    throw refuse('its case is not JSON');
  }
  if (typeof fields !== 'object' || fields === null) throw refuse('its case is not an object');
  const { rows, d, out, h, tau, block, stages, proj, read, decay } = fields;
  if (!Number.isInteger(rows) || (rows as number) < 0) throw refuse(`rows is ${rows}`);
  if (decay !== undefined && decay !== DECAY) throw refuse(`decay is ${decay}, the conventions' is ${DECAY}`);
  const config = validateLookupFfnConfig({
    hidden: d as number,
    out: out as number,
    tables: h as number,
    bits: tau as number,
    projection: proj as ProjectionKind,
    block: block as number,
    stages: stages as number,
    read: read as ReadMode,
  });
  return { rows: rows as number, config };
}

/** Reads and checks one golden file. Throws `FILE_CORRUPT`, `INVALID_CONFIG`, `TENSOR_MISSING` or `TENSOR_MISMATCH`. */
export async function parseGoldenCase(source: ByteSource, name = source.name): Promise<GoldenCase> {
  const file = await openSafetensors(source);
  const { rows, config } = parseCase(source.name, file.metadata.case);
  const { codeBits, cells } = lookupFfnGeometry(config);
  const { hidden, out, tables } = config;

  const read = async (tensor: string, dtype: 'F32' | 'F64' | 'I32', length: number) => {
    const found = await file.read(tensor);
    if (found.dtype !== dtype || found.data.length !== length) {
      throw new LookupFfnError(
        'TENSOR_MISMATCH',
        `${source.name}: tensor '${tensor}' is ${found.dtype} with ${found.data.length} elements; the case needs ${dtype} with ${length}.`,
        { file: source.name, tensor },
      );
    }
    return found.data;
  };
  const f32 = async (tensor: string, length: number) => (await read(tensor, 'F32', length)) as Float32Array;
  const f64 = async (tensor: string, length: number) => (await read(tensor, 'F64', length)) as Float64Array;

  const projection = projectionWeightLength(config);
  return {
    name,
    rows,
    config,
    x: await f32('x', rows * hidden),
    weights: {
      projectionWeight: await f32('projection.weight', projection),
      projectionBias: await f32('projection.bias', codeBits),
      tables: await f32('tables', tables * cells * out),
      bias: await f32('bias', out),
    },
    dy: await f32('grad.y', rows * out),
    expected: {
      z: await f64('expect.z', rows * codeBits),
      codes: (await read('expect.code', 'I32', rows * tables)) as Int32Array,
      scores: await f64('expect.score', rows * tables),
      y: await f64('expect.y', rows * out),
      dx: await f64('expect.grad.x', rows * hidden),
      dprojectionWeight: await f64('expect.grad.projection.weight', projection),
      dprojectionBias: await f64('expect.grad.projection.bias', codeBits),
      dtables: await f64('expect.grad.tables', tables * cells * out),
      dbias: await f64('expect.grad.bias', out),
    },
  };
}
