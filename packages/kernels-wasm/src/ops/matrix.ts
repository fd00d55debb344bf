import type { Kernels } from '../kernels.js';
import type { Engine } from '../memory/engine.js';

/** How a matrix `[out, k]` lies when packed for `gemm`: see assembly/ops/pack.ts. */
export interface PanelLayout {
  readonly panels: number;
  /** Bytes of a panel. */
  readonly stride: number;
  /** Bytes of all panels. */
  readonly bytes: number;
  /** Outputs, with the last panel's filling. */
  readonly width: number;
}

export function panelLayout(engine: Engine, out: number, k: number): PanelLayout {
  const columns = engine.kernels.panelWidth();
  const panels = Math.ceil(out / columns);
  const stride = (k + 1) * columns * 4;
  return { panels, stride, bytes: panels * stride, width: panels * columns };
}

/** Rows of `weight` `[out, k]` that are copied into the module at a time while they are packed. */
export function stagedOutputs(engine: Engine, out: number, k: number): number {
  const columns = engine.kernels.panelWidth();
  return Math.min(Math.ceil(out / columns), Math.max(1, Math.floor(2 ** 20 / (k * columns * 4)))) * columns;
}

/** Packs outputs `first` to `first + count` of weight `[out, k]`, copied by way of `stage`, to `packed`. */
export function packOutputs(
  engine: Engine,
  k: number,
  weight: Float32Array,
  bias: Float32Array | null,
  first: number,
  count: number,
  stage: number,
  packed: number,
): void {
  engine.f32(stage, count * k).set(weight.subarray(first * k, (first + count) * k));
  const biasAt = stage + count * k * 4;
  if (bias) engine.f32(biasAt, count).set(bias.subarray(first, first + count));
  engine.kernels.pack(count, k, stage, k * 4, 4, bias ? biasAt : 0, packed);
}

/** A matrix packed into a block of its own, until `free`. */
export interface PackedMatrix extends PanelLayout {
  readonly at: number;
  readonly k: number;
  free(): void;
}

export function packMatrix(
  engine: Engine,
  out: number,
  k: number,
  weight: Float32Array,
  bias: Float32Array | null,
): PackedMatrix {
  const layout = panelLayout(engine, out, k);
  const group = stagedOutputs(engine, out, k);
  const [stage] = engine.scratch(group * (k + 1) * 4);
  const at = engine.allocate(layout.bytes);
  const columns = engine.kernels.panelWidth();
  for (let first = 0; first < out; first += group) {
    const to = at + (first / columns) * layout.stride;
    packOutputs(engine, k, weight, bias, first, Math.min(group, out - first), stage!, to);
  }
  return { ...layout, at, k, free: () => engine.free(at) };
}

/** c = a W^T + bias over rows at the given strides in bytes; c's rows have room for whole panels. */
export function multiply(
  kernels: Kernels,
  rows: number,
  matrix: PackedMatrix,
  a: number,
  aStride: number,
  c: number,
  cStride: number,
): void {
  const { k, at, stride, panels } = matrix;
  kernels.gemm(rows, k, a, aStride, at, stride, panels, c, cStride, 0);
}

/** Products of this many pairs are worth handing to another thread: some 10 microseconds of work. */
const SLICE_PRODUCTS = 2 ** 18;

/**
 * Shares out the panels of a product: whole ones, for a thread then passes its own weights only. `run` is given the
 * first panel and how many.
 */
export function overPanels(
  engine: Engine,
  products: number,
  panels: number,
  run: (kernels: Kernels, first: number, count: number, slice: number) => void,
): void {
  const slices = panelSlices(engine, products, panels);
  engine.parallel(slices, (kernels, i) => {
    const first = Math.floor((i * panels) / slices);
    run(kernels, first, Math.floor(((i + 1) * panels) / slices) - first, i);
  });
}

/** How many slices `overPanels` makes: more than threads, so that one which is held up does not hold up all. */
export function panelSlices({ threads }: Engine, products: number, panels: number): number {
  if (threads === 1) return 1;
  return Math.max(1, Math.min(panels, 2 * threads, Math.floor(products / SLICE_PRODUCTS)));
}
