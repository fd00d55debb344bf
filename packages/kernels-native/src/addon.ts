/** What the compiled addon offers. Shapes are spelt out as numbers: reading object properties from C++ is slow. */

type F32 = Float32Array;
type I32 = Int32Array;
type Maybe = Float32Array | null | undefined;

interface ForwardFunctions {
  hadamard(rows: number, size: number, x: F32, y: F32): void;
  bh4(
    rows: number,
    hidden: number,
    block: number,
    stages: number,
    repeats: number,
    x: F32,
    weight: F32,
    y: F32,
  ): void;
  project(
    rows: number,
    dense: boolean,
    hidden: number,
    tables: number,
    bits: number,
    block: number,
    stages: number,
    x: F32,
    weight: F32,
    bias: F32,
    z: F32,
  ): void;
  read(
    rows: number,
    tables: number,
    bits: number,
    mode: number,
    temperature: Maybe,
    beta: Maybe,
    gamma: Maybe,
    z: F32,
    cells: I32,
    weights: F32,
  ): void;
  gather(
    rows: number,
    tables: number,
    bits: number,
    cells: number,
    out: number,
    index: I32,
    weights: F32,
    values: F32,
    bias: Maybe,
    y: F32,
  ): void;
  layerNorm(rows: number, size: number, epsilon: number, x: F32, weight: F32, bias: F32, y: F32): void;
  linear(rows: number, input: number, output: number, x: F32, weight: F32, bias: Maybe, y: F32): void;
  gelu(size: number, x: F32, y: F32): void;
  softmax(rows: number, size: number, x: F32, y: F32): void;
  attention(
    rows: number,
    sequences: number,
    heads: number,
    headSize: number,
    offsets: I32,
    q: F32,
    k: F32,
    v: F32,
    y: F32,
  ): void;
  embedding(rows: number, vocabulary: number, size: number, ids: I32, table: F32, y: F32): void;
  add(size: number, a: F32, b: F32, y: F32): void;
  crossEntropy(rows: number, classes: number, logits: F32, targets: I32, losses: F32): void;
}

interface GradientFunctions {
  hadamard(rows: number, size: number, dy: F32, dx: F32): void;
  bh4(
    rows: number,
    hidden: number,
    block: number,
    stages: number,
    repeats: number,
    x: F32,
    weight: F32,
    dy: F32,
    dx: Maybe,
    dweight: Maybe,
  ): void;
  project(
    rows: number,
    dense: boolean,
    hidden: number,
    tables: number,
    bits: number,
    block: number,
    stages: number,
    x: F32,
    weight: F32,
    dz: F32,
    dx: Maybe,
    dweight: Maybe,
    dbias: Maybe,
  ): void;
  read(
    rows: number,
    tables: number,
    bits: number,
    mode: number,
    temperature: Maybe,
    beta: Maybe,
    gamma: Maybe,
    z: F32,
    dweights: F32,
    dz: Maybe,
    dtemperature: Maybe,
    dbeta: Maybe,
    dgamma: Maybe,
  ): void;
  gather(
    rows: number,
    tables: number,
    bits: number,
    cells: number,
    out: number,
    index: I32,
    weights: F32,
    values: F32,
    dy: F32,
    dweights: Maybe,
    dvalues: Maybe,
    dbias: Maybe,
  ): void;
  layerNorm(
    rows: number,
    size: number,
    epsilon: number,
    x: F32,
    weight: F32,
    dy: F32,
    dx: Maybe,
    dweight: Maybe,
    dbias: Maybe,
  ): void;
  linear(
    rows: number,
    input: number,
    output: number,
    x: F32,
    weight: F32,
    dy: F32,
    dx: Maybe,
    dweight: Maybe,
    dbias: Maybe,
  ): void;
  gelu(size: number, x: F32, dy: F32, dx: F32): void;
  softmax(rows: number, size: number, y: F32, dy: F32, dx: F32): void;
  attention(
    rows: number,
    sequences: number,
    heads: number,
    headSize: number,
    offsets: I32,
    q: F32,
    k: F32,
    v: F32,
    dy: F32,
    dq: F32,
    dk: F32,
    dv: F32,
  ): void;
  embedding(rows: number, vocabulary: number, size: number, ids: I32, dy: F32, dtable: F32): void;
  crossEntropy(rows: number, classes: number, logits: F32, targets: I32, dlosses: F32, dlogits: F32): void;
}

interface OptimiserFunctions {
  adamw(
    size: number,
    learningRate: number,
    beta1: number,
    beta2: number,
    epsilon: number,
    weightDecay: number,
    step: number,
    gradientScale: number,
    parameter: F32,
    gradient: F32,
    m: F32,
    v: F32,
  ): void;
  sumOfSquares(x: F32): number;
  cellVariation(
    tables: number,
    bits: number,
    out: number,
    bit: number,
    scale: number,
    values: F32,
    dvalues: Maybe,
  ): number;
}

/** A wrapped native object. Its memory is freed by `dispose` or with the object. */
export interface NativePrepared {
  readonly bytes: number;
  /** Of `bytes`: in a mapped file; table rows with their scales; the projection. */
  readonly mapped: number;
  readonly tables: number;
  readonly projection: number;
  /** Copies all bytes out. */
  save(bytes: Uint8Array): void;
  forward(rows: number, x: F32, y: F32): void;
  dispose(): void;
}

interface PrepareFunctions {
  linear(
    input: number,
    output: number,
    gelu: boolean,
    int8: boolean,
    weight: F32,
    bias: Maybe,
  ): NativePrepared;
  lookupFfn(
    hidden: number,
    out: number,
    tables: number,
    bits: number,
    dense: boolean,
    block: number,
    stages: number,
    mode: number,
    dtype: number,
    bf16Projection: boolean,
    int8Skip: boolean,
    epsilon: number,
    normWeight: Maybe,
    normBias: Maybe,
    projectionWeight: F32,
    projectionBias: F32,
    tableValues: F32,
    bias: F32,
    skip: Maybe,
    temperature: Maybe,
    beta: Maybe,
    gamma: Maybe,
  ): NativePrepared;
  adoptLinear(
    input: number,
    output: number,
    gelu: boolean,
    int8: boolean,
    bias: boolean,
    bytes: Uint8Array,
  ): NativePrepared;
  adoptLookupFfn(
    hidden: number,
    out: number,
    tables: number,
    bits: number,
    dense: boolean,
    block: number,
    stages: number,
    mode: number,
    dtype: number,
    bf16Projection: boolean,
    int8Skip: boolean,
    epsilon: number,
    norm: boolean,
    skip: boolean,
    temperature: boolean,
    beta: boolean,
    gamma: boolean,
    bytes: Uint8Array,
  ): NativePrepared;
}

interface RooflineFunctions {
  /** Returns the FLOP done. */
  multiplyAdds(rounds: number): number;
  read(x: F32, times: number): void;
}

/** The functions of one instruction set and thread count. */
export interface NativeEngine {
  readonly ops: ForwardFunctions;
  readonly grad: GradientFunctions;
  readonly optim: OptimiserFunctions;
  readonly prepare: PrepareFunctions;
  readonly roofline: RooflineFunctions;
}

export interface NativeAddon {
  /** Instruction sets that this machine and its operating system support, best first. */
  isas(): string[];
  /** Instruction sets that this build has kernels for, best first: those of `isas()` and wider ones. */
  built(): string[];
  /** CPUs this process may use: affinity and cgroup quota. */
  cpus(): number;
  create(isa: string, threads: number, tileRows?: number): NativeEngine;
  /** Copy-on-write; absent on Windows. */
  mapFile?(path: string): ArrayBuffer;
  /** Of the calling thread. */
  scratchBytes(): number;
}
