/**
 * What assembly/index.ts exports. Addresses and strides are bytes in the module's memory, counts are numbers; see the
 * kernels for what each does. Booleans are 0 or 1.
 */
export interface Kernels {
  panelWidth(): number;
  pack(
    out: number,
    k: number,
    weight: number,
    outStride: number,
    inStride: number,
    bias: number,
    packed: number,
  ): void;
  gemm(
    rows: number,
    k: number,
    a: number,
    aStride: number,
    packed: number,
    panelStride: number,
    panels: number,
    c: number,
    cStride: number,
    gelu: number,
  ): void;
  copyRows(rows: number, bytes: number, from: number, fromStride: number, to: number, toStride: number): void;
  gelu(n: number, x: number, y: number): void;
  hadamard(rows: number, n: number, x: number): void;
  layerNorm(
    rows: number,
    n: number,
    epsilon: number,
    x: number,
    xStride: number,
    weight: number,
    bias: number,
    y: number,
    yStride: number,
  ): void;
  softmax(rows: number, n: number, scale: number, x: number, stride: number): void;
  crossEntropy(rows: number, classes: number, logits: number, targets: number, losses: number): void;
  bh4Block(padded: number, block: number): number;
  bh4FoldBytes(merged: number): number;
  packBh4(
    padded: number,
    block: number,
    merged: number,
    scale: number,
    weight: number,
    fold: number,
    packed: number,
  ): void;
  bh4(
    rows: number,
    hidden: number,
    padded: number,
    merged: number,
    stages: number,
    packed: number,
    x: number,
    xStride: number,
    first: number,
    second: number,
    stride: number,
  ): void;
  finishProjection(
    rows: number,
    count: number,
    hidden: number,
    product: number,
    productStride: number,
    x: number,
    xStride: number,
    bias: number,
    z: number,
    zStride: number,
  ): void;
  hash(
    rows: number,
    tables: number,
    bits: number,
    z: number,
    rates: number,
    gamma: number,
    e: number,
    codes: number,
    scores: number,
  ): void;
  read(
    mode: number,
    rows: number,
    tables: number,
    bits: number,
    z: number,
    rates: number,
    temperature: number,
    gamma: number,
    e: number,
    sums: number,
    cells: number,
    weights: number,
  ): void;
  gatherRows(count: number, rows: number, weights: number, n: number, y: number): void;
  lookupListBytes(mode: number, tables: number, bits: number): number;
  lookup(
    mode: number,
    rows: number,
    tables: number,
    bits: number,
    z: number,
    zStride: number,
    rates: number,
    temperature: number,
    gamma: number,
    packedTables: number,
    rowBytes: number,
    scales: number,
    e: number,
    cells: number,
    weights: number,
    sums: number,
    products: number,
    n: number,
    y: number,
    yStride: number,
  ): void;
  quantizeRow(n: number, x: number, out: number, scale: number): void;
  products(): number;
  int8PanelBytes(k: number): number;
  int8RowBytes(k: number, mode: number): number;
  packInt8(mode: number, out: number, k: number, weight: number, bias: number, packed: number): void;
  quantizeActivations(
    mode: number,
    rows: number,
    k: number,
    x: number,
    xStride: number,
    quantized: number,
    scales: number,
  ): void;
  gemmInt8(
    mode: number,
    rows: number,
    k: number,
    x: number,
    scales: number,
    packed: number,
    panels: number,
    c: number,
    cStride: number,
    gelu: number,
    sums: number,
  ): void;
}
