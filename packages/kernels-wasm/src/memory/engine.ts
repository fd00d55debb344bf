import { LookupFfnError } from '@lookupffn/core';
import { modules } from '../../build/modules.js';
import type { WasmIsa } from '../isa.js';
import type { Kernels } from '../kernels.js';
import { createHeap } from './heap.js';

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
}

const compiled = new Map<WasmIsa, Promise<WebAssembly.Module>>();

/** A module is compiled once, however many backends are made. */
function compile(isa: WasmIsa): Promise<WebAssembly.Module> {
  let module = compiled.get(isa);
  if (!module) {
    const bytes = Uint8Array.from(atob(modules[isa]), (c) => c.charCodeAt(0));
    module = WebAssembly.compile(bytes);
    module.catch(() => compiled.delete(isa));
    compiled.set(isa, module);
  }
  return module;
}

/** Rejects with `BACKEND_UNAVAILABLE` when the engine refuses the module, `INVALID_ARGUMENT` for a limit under 1 MiB. */
export async function createEngine(isa: WasmIsa, maxBytes = MAX_MEMORY_BYTES): Promise<Engine> {
  if (!(maxBytes >= 2 ** 20)) {
    throw new LookupFfnError('INVALID_ARGUMENT', `maxMemoryBytes is ${maxBytes}; at least 1 MiB (1048576).`, {
      maxMemoryBytes: maxBytes,
    });
  }
  let kernels: Kernels;
  let memory: WebAssembly.Memory;
  try {
    memory = new WebAssembly.Memory({
      initial: 1,
      maximum: Math.floor(Math.min(maxBytes, MAX_MEMORY_BYTES) / PAGE),
    });
    const instance = await WebAssembly.instantiate(await compile(isa), { env: { memory } });
    kernels = instance.exports as unknown as Kernels;
  } catch (cause) {
    throw new LookupFfnError(
      'BACKEND_UNAVAILABLE',
      `The wasm backend could not load its ${isa} module: ${cause instanceof Error ? cause.message : String(cause)}. Under a content security policy add 'wasm-unsafe-eval' to script-src.`,
      { isa },
      cause,
    );
  }
  const heap = createHeap(memory, FIRST_ADDRESS);
  let scratchAt = 0;
  let scratchBytes = 0;

  return {
    isa,
    kernels,
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
