import { LookupFfnError } from '@lookupffn/core';
import { modules } from '../../build/modules.js';
import type { WasmIsa } from '../isa.js';
import type { Kernels } from '../kernels.js';
import { threadsRefused } from '../threads/choose.js';
import { alone, createPool, type Parallel, type Pool } from '../threads/pool.js';
import { createHeap } from './heap.js';
import { withSharedMemory } from './shared-module.js';

/** Address 0 stands for "none" in the kernels, so data starts above it. */
const FIRST_ADDRESS = 1024;
const PAGE = 65536;
/** All of 32-bit addressing but the last page: the address after a block's end must not wrap to 0. */
export const MAX_MEMORY_BYTES = 65535 * PAGE;
const LINE = 64;

/** One instance of the kernels with its memory. */
export interface Engine {
  readonly isa: WasmIsa;
  readonly kernels: Kernels;
  /** With the caller's. */
  readonly threads: number;
  /** Runs slices of work on all threads; see threads/pool.ts. */
  readonly parallel: Parallel;
  /** Bytes the memory has grown to; it never shrinks. */
  readonly memoryBytes: number;
  /** A view made for this use only: memory growth detaches every view there is. */
  f32(at: number, length: number): Float32Array;
  i32(at: number, length: number): Int32Array;
  u8(at: number, length: number): Uint8Array;
  /** A block that stays until `free`. Throws `OUT_OF_MEMORY`. */
  allocate(bytes: number): number;
  free(at: number): void;
  /**
   * Scratch: addresses of regions of the given sizes in bytes, valid until the next call. One block, reused by every
   * operation, that grows to the largest need.
   */
  scratch(...bytes: number[]): number[];
  /** Ends the helper threads; the engine works on without them. */
  stop(): void;
}

const compiled = new Map<string, Promise<WebAssembly.Module>>();

/** A module is compiled once, however many backends are made. */
function compile(isa: WasmIsa, shared: boolean): Promise<WebAssembly.Module> {
  const key = `${isa} ${shared}`;
  let module = compiled.get(key);
  if (!module) {
    const bytes = Uint8Array.from(atob(modules[isa]), (c) => c.charCodeAt(0));
    module = WebAssembly.compile(shared ? withSharedMemory(bytes) : bytes);
    module.catch(() => compiled.delete(key));
    compiled.set(key, module);
  }
  return module;
}

interface Loaded {
  readonly memory: WebAssembly.Memory;
  readonly kernels: Kernels;
  readonly pool: Pool;
}

async function loadAlone(isa: WasmIsa, maximum: number): Promise<Loaded> {
  const memory = new WebAssembly.Memory({ initial: 1, maximum });
  const instance = await WebAssembly.instantiate(await compile(isa, false), { env: { memory } });
  const kernels = instance.exports as unknown as Kernels;
  return { memory, kernels, pool: alone(kernels) };
}

/** A memory that helper threads share, or one thread where such a memory or the threads cannot be had. */
async function loadShared(isa: WasmIsa, maximum: number, threads: number): Promise<Loaded> {
  try {
    const module = await compile(isa, true);
    const memory = new WebAssembly.Memory({ initial: 1, maximum, shared: true });
    const instance = await WebAssembly.instantiate(module, { env: { memory } });
    const kernels = instance.exports as unknown as Kernels;
    return { memory, kernels, pool: await createPool(threads, module, memory, instance) };
  } catch (error) {
    // Where WebAssembly itself is refused, this says so; threads are not to blame then.
    const loaded = await loadAlone(isa, maximum);
    threadsRefused(threads, `they could not start (${error instanceof Error ? error.message : error})`);
    return loaded;
  }
}

export interface EngineOptions {
  /** Default 1. */
  readonly threads?: number;
  readonly maxMemoryBytes?: number;
}

/** Rejects with `BACKEND_UNAVAILABLE` when the engine refuses the module, `INVALID_ARGUMENT` for a limit under 1 MiB. */
export async function createEngine(
  isa: WasmIsa,
  { threads = 1, maxMemoryBytes = MAX_MEMORY_BYTES }: EngineOptions = {},
): Promise<Engine> {
  if (!(maxMemoryBytes >= 2 ** 20)) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `maxMemoryBytes is ${maxMemoryBytes}; at least 1 MiB (1048576).`,
      { maxMemoryBytes },
    );
  }
  const maximum = Math.floor(Math.min(maxMemoryBytes, MAX_MEMORY_BYTES) / PAGE);
  let loaded: Loaded;
  try {
    loaded = threads === 1 ? await loadAlone(isa, maximum) : await loadShared(isa, maximum, threads);
  } catch (cause) {
    throw new LookupFfnError(
      'BACKEND_UNAVAILABLE',
      `The wasm backend could not load its ${isa} module: ${cause instanceof Error ? cause.message : String(cause)}. Under a content security policy add 'wasm-unsafe-eval' to script-src.`,
      { isa },
      cause,
    );
  }
  const { memory, kernels, pool } = loaded;
  const heap = createHeap(memory, FIRST_ADDRESS);
  let scratchAt = 0;
  let scratchBytes = 0;

  return {
    isa,
    kernels,
    threads: pool.threads,
    parallel: pool.parallel,
    stop: pool.stop,
    get memoryBytes() {
      return memory.buffer.byteLength;
    },
    f32: (at, length) => new Float32Array(memory.buffer, at, length),
    i32: (at, length) => new Int32Array(memory.buffer, at, length),
    u8: (at, length) => new Uint8Array(memory.buffer, at, length),
    allocate: (bytes) => heap.allocate(bytes),
    free: (at) => heap.free(at),
    scratch(...bytes) {
      const starts: number[] = [];
      let total = 0;
      for (const size of bytes) {
        starts.push(total);
        total += Math.ceil(size / LINE) * LINE;
      }
      if (total > scratchBytes) {
        heap.free(scratchAt);
        scratchAt = scratchBytes = 0;
        scratchAt = heap.allocate(total);
        scratchBytes = total;
      }
      return starts.map((start) => scratchAt + start);
    },
  };
}
