import { closeSync, openSync, readSync } from 'node:fs';
import { LookupFfnError } from '@lookupffn/core';
import { fileError } from '@lookupffn/core/node';
import { type DocumentTokens, makeTokens, type TokenArray } from './document-tokens.js';
import { countUpTo } from './packed-sequences.js';
import type { Shard } from './shard.js';

/** A corpus may have more shards than a process may have open files. */
const mostOpen = 32;

/** Tokens read at once where reads follow one another. */
const readAhead = 1 << 14;

/** Documents in shards on disk, read by position into one small buffer. */
export class StoredTokens implements DocumentTokens {
  readonly names: string[] = [];
  readonly lengths: number[] = [];
  readonly #paths: string[] = [];
  /** Number of the first document of each shard, of those that have tokens. */
  readonly #first: number[] = [];
  /** Token of its shard that each document begins with. */
  readonly #starts: number[] = [];
  readonly #open = new Map<number, number>();
  readonly #vocabSize: number;
  #buffer: TokenArray;
  /** What the buffer holds: tokens from `from` to `to` of a shard. */
  #held = { shard: -1, from: 0, to: 0 };

  constructor(vocabSize: number) {
    this.#vocabSize = vocabSize;
    this.#buffer = makeTokens(0, vocabSize);
  }

  /** Names are those of all documents of the shard, as it has them. */
  add({ path, lengths }: Shard, names: readonly string[]): void {
    this.#paths.push(path);
    this.#first.push(this.names.length);
    let start = 0;
    for (const [i, length] of lengths.entries()) {
      if (length === 0) continue;
      this.names.push(names[i]!);
      this.lengths.push(length);
      this.#starts.push(start);
      start += length;
    }
  }

  /** Throws `FILE_IO` or `FILE_NOT_FOUND` where the shard can no longer be read, `FILE_CORRUPT` where it was cut short. */
  read(document: number, from: number, count: number, into: Int32Array, at: number): void {
    const shard = countUpTo(this.#first, document) - 1;
    const start = this.#starts[document]! + from;
    const held = this.#held;
    if (shard !== held.shard || start < held.from || start + count > held.to) this.#load(shard, start, count);
    const offset = start - this.#held.from;
    into.set(this.#buffer.subarray(offset, offset + count), at);
  }

  #load(shard: number, start: number, count: number): void {
    const held = this.#held;
    // Training reads here and there; hashing and evaluation read on, mostly.
    const readsOn = shard === held.shard && start >= held.from && start <= held.to;
    const wanted = readsOn ? Math.max(count, readAhead) : count;
    if (this.#buffer.length < wanted) this.#buffer = makeTokens(wanted, this.#vocabSize);
    // Nothing is held until it is read.
    this.#held = { shard: -1, from: 0, to: 0 };
    const width = this.#buffer.BYTES_PER_ELEMENT;
    const path = this.#paths[shard]!;
    let read: number;
    try {
      read = readSync(this.#file(shard), this.#buffer, 0, wanted * width, start * width);
    } catch (error) {
      throw fileError(error, path, 'read the stored tokens');
    }
    if (read < count * width) {
      throw new LookupFfnError(
        'FILE_CORRUPT',
        `${path} was cut short since it was opened. Start again: it will be made anew.`,
        { path },
      );
    }
    this.#held = { shard, from: start, to: start + Math.floor(read / width) };
  }

  /** The file of a shard, most recently used last. */
  #file(shard: number): number {
    const file = this.#open.get(shard) ?? openSync(this.#paths[shard]!, 'r');
    this.#open.delete(shard);
    this.#open.set(shard, file);
    if (this.#open.size > mostOpen) {
      const [oldest, its] = this.#open.entries().next().value!;
      this.#open.delete(oldest);
      closeSync(its);
    }
    return file;
  }

  /** Closes its files; a later read opens them again. */
  close(): void {
    for (const file of this.#open.values()) closeSync(file);
    this.#open.clear();
  }
}
