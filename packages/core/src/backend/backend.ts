import type { AdoptOps } from './adopt.js';
import type { ForwardOps, GradOps } from './ops.js';
import type { OptimOps } from './optim-ops.js';
import type { PrepareOps } from './prepared.js';

/** Raised when the meaning of an operation changes; a factory states the version it was written for. */
export const BACKEND_API_VERSION = 1;

export interface BackendOptions {
  /** Upper bound on worker threads; default: what the machine and its cgroup give. */
  readonly threads?: number;
  /** Rows that pass through a prepared LookupFFN together; a hint for speed, results do not depend on it. */
  readonly tileRows?: number;
  /** Cap on the instruction set, in the backend's own names. */
  readonly isa?: string;
}

/** What a backend says of itself. `own` and `filled` name operations as `group.name`, e.g. `ops.linear`. */
export interface BackendInfo {
  readonly name: string;
  readonly apiVersion: number;
  /** Instruction set in use, e.g. `avx2`, `simd128`, `js`. */
  readonly isa: string;
  readonly threads: number;
  /**
   * Relative error of its float32 arithmetic (normalised by the largest magnitude); a code may differ from the
   * oracle's only where some |z| of that table is within this tolerance of 0.
   */
  readonly tolerance: number;
  readonly own: readonly string[];
  readonly filled: readonly string[];
}

/** Work that meets nothing but a limit of the machine, on all of the backend's threads, for benchmarks to time. */
export interface RooflineOps {
  /** Multiply-adds out of registers, in the float32 vectors of the backend's kernels; returns the FLOP done. */
  multiplyAdds(rounds: number): number;
  /** Reads all of `x`, `times` over; each thread a part of its own. */
  read(x: Float32Array, times: number): void;
}

/** A complete backend: synchronous operations over caller-given arrays. Made by `defineBackend`. */
export interface Backend {
  readonly info: BackendInfo;
  readonly ops: ForwardOps;
  readonly grad: GradOps;
  readonly optim: OptimOps;
  readonly prepare: PrepareOps;
  /** Prepared weights from saved bytes; absent where the backend has no such thing. */
  readonly adopt?: AdoptOps;
  /** Bytes of scratch memory that its operations hold for the calling thread; absent where it cannot tell. */
  scratchBytes?(): number;
  /** Absent where the backend cannot drive the machine to its limits. */
  readonly roofline?: RooflineOps;
  dispose(): void;
}

export interface ProbeResult {
  readonly ok: boolean;
  /** Why it can or cannot run here, and in the latter case what to do. */
  readonly reason: string;
  readonly isa?: string;
}

/** Cheap to ask, loads nothing heavy until `create`. */
export interface BackendFactory {
  readonly name: string;
  readonly apiVersion: number;
  /** Higher wins when nobody chooses: native 100, wasm 50, reference 0. */
  readonly priority: number;
  /**
   * URL of an ES module whose default export is this factory, so that a session can create the backend on a thread of
   * its own. Absent: sessions run on the caller's thread.
   */
  readonly module?: string;
  /** Never throws. */
  probe(): ProbeResult | Promise<ProbeResult>;
  /** Rejects with `BACKEND_UNAVAILABLE` when it cannot run here. */
  create(options?: BackendOptions): Promise<Backend>;
}
