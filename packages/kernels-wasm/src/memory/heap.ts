import { LookupFfnError } from '@lookupffn/core';

const PAGE = 65536;
/** Blocks start on a cache line. */
const ALIGNMENT = 64;
/** Memory grows by at least this many pages, so that many small blocks do not grow it one by one. */
const LEAST_GROWTH = 16;

interface Free {
  at: number;
  size: number;
}

/** Blocks of a wasm memory: a list of free ones in address order, best fit, merged with their neighbours when freed. */
export interface Heap {
  /** Address of `bytes` bytes, not cleared. Throws `OUT_OF_MEMORY` when the memory cannot grow. */
  allocate(bytes: number): number;
  free(at: number): void;
  /** Bytes in blocks that are not free. */
  readonly used: number;
}

function grow(memory: WebAssembly.Memory, bytes: number): number {
  const before = memory.buffer.byteLength;
  const pages = Math.ceil(bytes / PAGE);
  for (const attempt of [Math.max(pages, LEAST_GROWTH), pages]) {
    try {
      memory.grow(attempt);
      return attempt * PAGE;
    } catch {
      // At its maximum, or the system has no more: the smaller step may still fit.
    }
  }
  throw new LookupFfnError(
    'OUT_OF_MEMORY',
    `The wasm backend holds ${Math.round(before / 2 ** 20)} MiB and could not grow by ${Math.ceil(bytes / 2 ** 20)} MiB. Dispose of models no longer used, keep tables as int8 (tableDtype: 'int8'), raise maxMemoryBytes (at most 4 GiB), or use the native backend, which has no such limit.`,
    { held: before, asked: bytes },
  );
}

/** A heap over `memory` from address `base` up; the memory is grown as needed and never shrinks. */
export function createHeap(memory: WebAssembly.Memory, base: number): Heap {
  const start = Math.ceil(base / ALIGNMENT) * ALIGNMENT;
  let end = memory.buffer.byteLength;
  const free: Free[] = end > start ? [{ at: start, size: end - start }] : [];
  const sizes = new Map<number, number>();
  let used = 0;

  /** The smallest free block that fits, or -1. */
  function bestFit(size: number): number {
    let best = -1;
    for (let i = 0; i < free.length; i++) {
      if (free[i]!.size >= size && (best < 0 || free[i]!.size < free[best]!.size)) best = i;
    }
    return best;
  }

  function release(at: number, size: number): void {
    let i = free.findIndex((block) => block.at > at);
    if (i < 0) i = free.length;
    const before = free[i - 1];
    const after = free[i];
    if (before && before.at + before.size === at) {
      before.size += size;
      if (after && before.at + before.size === after.at) {
        before.size += after.size;
        free.splice(i, 1);
      }
    } else if (after && at + size === after.at) {
      after.at = at;
      after.size += size;
    } else {
      free.splice(i, 0, { at, size });
    }
  }

  return {
    allocate(bytes) {
      const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
      let found = bestFit(size);
      if (found < 0) {
        const last = free.at(-1);
        const open = last && last.at + last.size === end ? last.size : 0;
        const grown = grow(memory, size - open);
        release(end, grown);
        end += grown;
        found = bestFit(size);
      }
      const block = free[found]!;
      const at = block.at;
      if (block.size === size) free.splice(found, 1);
      else {
        block.at += size;
        block.size -= size;
      }
      sizes.set(at, size);
      used += size;
      return at;
    },
    free(at) {
      const size = sizes.get(at);
      if (size === undefined) return;
      sizes.delete(at);
      used -= size;
      release(at, size);
    },
    get used() {
      return used;
    },
  };
}
