import { InvalidArgumentError } from 'commander';

/** One of the parts that a file is cut into, so that machines can share it. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

const most = 100_000;

/** `0/8`: the first of eight. */
export function parseShard(text: string): Shard {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (count === undefined || shard.count < 1 || shard.index >= shard.count || shard.count > most) {
    throw new InvalidArgumentError('It must be like 0/8: which shard, from 0, of how many.');
  }
  return shard;
}

/** `out.jsonl`, or `out-00002-of-00008.jsonl` for a shard: in the order of their names shards are the whole. */
export function shardPath(output: string, { index, count }: Shard): string {
  if (count === 1) return output;
  const number = (value: number) => String(value).padStart(5, '0');
  const [, stem, extension] = /^(.*?)(\.[^./\\]*)?$/s.exec(output)!;
  return `${stem}-${number(index)}-of-${number(count)}${extension ?? ''}`;
}

/** A part of a file in bytes, to be cut at lines. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** A shard of a file of so many bytes: all shards in order are the file. */
export function shardRange(size: number, { index, count }: Shard): ByteRange {
  const cut = (i: number) => Number((BigInt(size) * BigInt(i)) / BigInt(count));
  return { from: cut(index), to: cut(index + 1) };
}
