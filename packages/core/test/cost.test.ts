import { describe, expect, test } from 'vitest';
import { denseFfnCost, type LookupFfnConfig, lookupFfnCost } from '../src/index.js';

const base: LookupFfnConfig = {
  hidden: 768,
  out: 768,
  tables: 128,
  bits: 8,
  projection: 'bh4',
  block: 64,
  stages: 4,
  read: 'single',
};

describe('dense FFN', () => {
  test('768 x 3072, by hand', () => {
    const cost = denseFfnCost({ hidden: 768, inner: 3072 });
    expect(cost.flop).toEqual({ parts: { up: 4_718_592, down: 4_718_592 }, total: 9_437_184 });
    // 2 * 768 * 3072 weights, 3072 + 768 biases.
    expect(cost.parameters.total).toBe(4_722_432);
    expect(cost.bytesRead.total).toBe(4 * 4_722_432);
  });

  test('another output size, int8 weights, a batch', () => {
    const cost = denseFfnCost({ hidden: 10, inner: 20, out: 5, dtype: 'int8', tokens: 4 });
    expect(cost.flop.parts).toEqual({ up: 400, down: 200 });
    expect(cost.parameters.parts).toEqual({ up: 220, down: 105 });
    // (200 + 80) / 4 and (100 + 20) / 4.
    expect(cost.bytesRead.parts).toEqual({ up: 70, down: 30 });
  });

  test.each([
    { hidden: 0, inner: 4 },
    { hidden: 4, inner: 1.5 },
    { hidden: 4, inner: 4, tokens: -1 },
  ])('refuses %j', (sizes) => {
    expect(() => denseFfnCost(sizes)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});

describe('LookupFFN', () => {
  test('768 wide, 128 tables of 256 cells, block 64, by hand', () => {
    // P = 1024, R = 1. BH4: 2*4*1024*64 = 524,288 and 4*1024*10 = 40,960. Hash 3*1024. Gather 2*128*768.
    const cost = lookupFfnCost(base);
    expect(cost.flop.parts).toEqual({ projection: 565_248, hash: 3072, gather: 196_608, skip: 0, output: 0 });
    expect(cost.flop.total).toBe(764_928);
    // 4*1024*64 block weights and 1024 biases; 128*256*768 cells and 768 biases.
    expect(cost.parameters.parts).toEqual({
      ...{ projection: 263_168, hash: 0, gather: 25_166_592 },
      ...{ skip: 0, output: 0 },
    });
    // 128 rows of 768 floats and the bias.
    expect(cost.bytesRead.parts).toEqual({
      ...{ projection: 1_052_672, hash: 0, gather: 396_288 },
      ...{ skip: 0, output: 0 },
    });
    expect(cost.bytesRead.total).toBe(1_448_960);
  });

  test('repeats: 12 wide, 5 tables of 7 bits need 3 repeats of 16', () => {
    // 3 * (2*2*16*8 + 2*16*4) = 3 * (512 + 128); hash 3*35; gather 2*5*20.
    const cost = lookupFfnCost({ ...base, hidden: 12, out: 20, tables: 5, bits: 7, block: 8, stages: 2 });
    expect(cost.flop.parts).toEqual({ projection: 1920, hash: 105, gather: 200, skip: 0, output: 0 });
    // 3*2*16*8 weights + 35 biases.
    expect(cost.parameters.parts.projection).toBe(803);
  });

  test('one number wide has no butterfly', () => {
    const one = { ...base, hidden: 1, out: 1, tables: 1, bits: 1, block: 1, stages: 4 };
    expect(lookupFfnCost(one).flop.parts).toEqual({ projection: 8, hash: 3, gather: 2, skip: 0, output: 0 });
  });

  test('a dense projection and a skip path', () => {
    const shape = {
      ...base,
      hidden: 10,
      out: 7,
      tables: 5,
      bits: 3,
      projection: 'dense',
      skip: true,
    } as const;
    const cost = lookupFfnCost(shape);
    expect(cost.flop.parts).toEqual({ projection: 300, hash: 45, gather: 70, skip: 140, output: 0 });
    expect(cost.parameters.parts).toEqual({ projection: 165, hash: 0, gather: 287, skip: 70, output: 0 });
    expect(cost.bytesRead.parts).toEqual({
      ...{ projection: 660, hash: 0, gather: 5 * 7 * 4 + 28 },
      ...{ skip: 280, output: 0 },
    });
    expect(lookupFfnCost({ ...shape, linearDtype: 'int8' }).bytesRead.parts.skip).toBe(70);
  });

  test('tables of rank 64, then a matrix to 768', () => {
    const whole = lookupFfnCost(base);
    const narrow = { ...base, out: 64, outputs: 768 };
    const cost = lookupFfnCost(narrow);
    expect(cost.flop.parts).toEqual({ ...whole.flop.parts, gather: 2 * 128 * 64, output: 2 * 64 * 768 });
    expect(cost.parameters.parts.gather).toBe(128 * 256 * 64 + 64);
    expect(cost.parameters.parts.output).toBe(64 * 768 + 768);
    expect(cost.bytesRead.parts.output).toBe(4 * (64 * 768 + 768));
    // A batch shares the matrix; int8 weights take a byte, the bias four.
    const shared = lookupFfnCost({ ...narrow, linearDtype: 'int8', tokens: 8 });
    expect(shared.bytesRead.parts.output).toBe((64 * 768 + 4 * 768) / 8);
  });

  test.each([
    ['single', 1],
    ['two-cell', 2],
    ['three-cell', 3],
    ['four-cell', 4],
    ['neighbours', 9],
    ['full', 256],
  ] as const)('%s reads %i cells a table', (read, cells) => {
    const { flop, bytesRead } = lookupFfnCost({ ...base, read });
    expect(flop.parts.gather).toBe(2 * 128 * 768 * cells);
    expect(bytesRead.parts.gather).toBe(4 * 128 * 768 * cells + 4 * 768);
  });

  test.each([
    ['f32', 4],
    ['bf16', 2],
    ['f16', 2],
    ['int8', 1],
    ['int4', 0.5],
  ] as const)('%s rows take %d bytes a number', (tableDtype, bytes) => {
    expect(lookupFfnCost({ ...base, tableDtype }).bytesRead.parts.gather).toBe(128 * 768 * bytes + 4 * 768);
  });

  test('a batch shares the projection, and never reads more than the whole tables', () => {
    const few = lookupFfnCost({ ...base, tokens: 8 }).bytesRead.parts;
    expect(few).toEqual({ projection: 131_584, hash: 0, gather: 4 * 128 * 768 + 384, skip: 0, output: 0 });
    // 512 tokens for 256 cells: each row once for two tokens.
    const many = lookupFfnCost({ ...base, tokens: 512 }).bytesRead.parts;
    expect(many.gather).toBe((4 * 128 * 768) / 2 + 6);
  });

  test('refuses what no config may be', () => {
    expect(() => lookupFfnCost({ ...base, bits: 31 })).toThrow(
      expect.objectContaining({ code: 'INVALID_CONFIG' }),
    );
    expect(() => lookupFfnCost({ ...base, outputs: 0.5 })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
    expect(() => lookupFfnCost({ ...base, tokens: 0 })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});
