import { describe, expect, it } from 'vitest';
import { createHeap } from '../src/memory/heap.js';
import { randomSource } from './random.js';

const heapOf = (pages: number, maximum: number) => {
  const memory = new WebAssembly.Memory({ initial: pages, maximum });
  return { memory, heap: createHeap(memory, 1024) };
};

describe('heap', () => {
  it('hands out blocks that are aligned, apart and inside the memory, and takes them back whole', () => {
    const { memory, heap } = heapOf(1, 1024);
    const random = randomSource(7);
    const live: { at: number; size: number }[] = [];
    for (const [step, size] of random.ints(2000, 20000).entries()) {
      if (step % 3 === 2) heap.free(live.splice(size % live.length, 1)[0]!.at);
      else live.push({ at: heap.allocate(size), size });
    }
    live.sort((a, b) => a.at - b.at);
    for (const [i, block] of live.entries()) {
      const end = live[i + 1]?.at ?? memory.buffer.byteLength;
      expect(block.at % 64).toBe(0);
      expect(block.at).toBeGreaterThanOrEqual(1024);
      expect(block.at + block.size).toBeLessThanOrEqual(end);
    }
    for (const { at } of live) heap.free(at);
    expect(heap.used).toBe(0);
    const size = memory.buffer.byteLength;
    // All free blocks have merged: the whole memory is one again.
    expect(heap.allocate(size - 1024)).toBe(1024);
    expect(memory.buffer.byteLength).toBe(size);
  });

  it('ignores an address it never gave, and one given back already', () => {
    const { heap } = heapOf(1, 1);
    const at = heap.allocate(100);
    heap.free(at);
    heap.free(at);
    heap.free(12345);
    expect(heap.used).toBe(0);
  });

  it('takes the last pages even where a whole step of growth does not fit', () => {
    const { memory, heap } = heapOf(1, 4);
    heap.allocate(2 * 65536);
    expect(memory.buffer.byteLength).toBeLessThanOrEqual(4 * 65536);
  });

  it('says what to do when memory is out, and goes on with what it has', () => {
    const { heap } = heapOf(1, 2);
    expect(() => heap.allocate(10 * 65536)).toThrow(
      expect.objectContaining({
        code: 'OUT_OF_MEMORY',
        message: expect.stringMatching(/int8.*maxMemoryBytes/),
      }),
    );
    expect(heap.allocate(65536)).toBeGreaterThan(0);
  });
});
