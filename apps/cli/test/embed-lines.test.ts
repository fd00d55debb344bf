import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFile } from '../src/embed/input.js';
import { splitLines } from '../src/embed/lines.js';
import { parseShard, shardPath, shardRange } from '../src/embed/shard.js';
import { temporaryFolder } from './cli.js';

const everything = { from: 0, to: Number.POSITIVE_INFINITY };

async function* inChunks(bytes: Buffer, size: number) {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

async function linesOf(bytes: Buffer, size: number, range = everything) {
  const lines = [];
  const from = Math.max(0, range.from - 1);
  for await (const line of splitLines(inChunks(bytes.subarray(from), size), range, 'here')) lines.push(line);
  return lines;
}

// Lines of no, one and several bytes, with and without a last end.
const inputs = ['', '\n', 'a', 'a\n', 'ab\n\nc\n', 'ab\n\r\n \t\ncde\nfg', '\n\na', 'é🙂\nx\n🙂'];

describe('lines', () => {
  it.each(inputs)('of %j do not depend on how it arrives', async (text) => {
    const bytes = Buffer.from(text);
    const expected = text.split('\n').filter((line) => line.trim() !== '');
    for (const size of [1, 2, 3, 100]) {
      const lines = await linesOf(bytes, size);
      expect(lines.map((line) => line.bytes.toString())).toEqual(expected);
      for (const { bytes: own, start, next } of lines) {
        expect(bytes.subarray(start, start + own.length)).toEqual(own);
        expect([start + own.length, start + own.length + 1]).toContain(next);
        if (next > start + own.length) expect(bytes[next - 1]).toBe(10);
      }
    }
  });

  it.each(inputs)('of %j stand in exactly one shard, for any number of them', async (text) => {
    const bytes = Buffer.from(text);
    const whole = (await linesOf(bytes, 100)).map(({ start }) => start);
    for (let count = 1; count <= bytes.length + 2; count++) {
      const found: number[] = [];
      for (let index = 0; index < count; index++) {
        const range = shardRange(bytes.length, { index, count });
        if (range.from >= range.to) continue;
        for (const size of [1, 2, 100]) {
          const starts = (await linesOf(bytes, size, range)).map(({ start }) => start);
          if (size === 1) found.push(...starts);
          else expect(starts).toEqual(found.slice(found.length - starts.length));
        }
      }
      expect(found).toEqual(whole);
    }
  });

  it('are numbered as people count, wherever reading began', async () => {
    const path = join(temporaryFolder(), 'in.jsonl');
    writeFileSync(path, 'one\n\nthree\n\n\nsix\nseven');
    for (const count of [1, 2, 3, 5]) {
      const numbers: number[] = [];
      for (let index = 0; index < count; index++) {
        const input = await openFile(path, { index, count });
        for await (const line of input.lines(input.range.from)) numbers.push(await input.numberOf(line));
      }
      expect(numbers).toEqual([1, 3, 6, 7]);
    }
    const input = await openFile(path, { index: 0, count: 1 });
    const rest = [];
    for await (const line of input.lines(5)) rest.push(line.bytes.toString());
    expect(rest).toEqual(['three', 'six', 'seven']);
  });

  it('without end are refused', async () => {
    async function* endless() {
      for (;;) yield Buffer.alloc(1 << 24, 'a');
    }
    const read = async () => {
      for await (const _ of splitLines(endless(), everything, 'here')) return;
    };
    await expect(read()).rejects.toMatchObject({
      code: 'FILE_CORRUPT',
      message: expect.stringContaining('here: the line at byte 0 is longer'),
    });
  });
});

describe('shards', () => {
  it('are written i/n', () => {
    expect(parseShard('2/8')).toEqual({ index: 2, count: 8 });
    for (const text of ['8/8', '1', '1/0', '-1/2', '1/2/3', '0.5/2', 'a/b', '0/1000000'])
      expect(() => parseShard(text)).toThrow(/0\/8/);
  });

  it('have names in their order', () => {
    expect(shardPath('a/out.jsonl', { index: 0, count: 1 })).toBe('a/out.jsonl');
    expect(shardPath('a/out.jsonl', { index: 2, count: 8 })).toBe('a/out-00002-of-00008.jsonl');
    expect(shardPath('a.b/out', { index: 10, count: 12 })).toBe('a.b/out-00010-of-00012');
  });
});
