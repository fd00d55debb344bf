/** One client's sequences, taken from the list one at a time. */
export interface Job {
  readonly kind: 'hidden' | 'fill' | 'classes';
  /** Token ids, one sequence each. */
  readonly sequences: readonly ArrayLike<number>[];
  /** The first sequence that has not been taken. */
  next: number;
}

export interface Item<J extends Job> {
  readonly job: J;
  readonly index: number;
}

/**
 * The sequences that wait, in turns: each batch takes one sequence from every job before it takes a second from any,
 * so that a client with thousands of texts does not stand before one with a single text.
 */
export class WorkList<J extends Job> {
  // A set keeps the order of insertion; a job that has had its turn is put in again, at the end.
  readonly #jobs = new Set<J>();
  #tokens = 0;
  #sequences = 0;

  /** Tokens that wait. */
  get tokens(): number {
    return this.#tokens;
  }

  /** Sequences that wait. */
  get sequences(): number {
    return this.#sequences;
  }

  add(job: J): void {
    this.#jobs.add(job);
    this.#count(job, 1);
  }

  /** Takes out what has not been taken of a job; twice is harmless. */
  remove(job: J): void {
    if (!this.#jobs.delete(job)) return;
    this.#count(job, -1);
  }

  /**
   * Sequences of one kind, that of the job whose turn it is, of at most `limit` tokens together, or one longer
   * sequence. The first that does not fit ends the batch: passing it over would let short ones starve it.
   */
  take(limit: number): Item<J>[] {
    const items: Item<J>[] = [];
    let tokens = 0;
    let kind: Job['kind'] | undefined;
    // Jobs that are put in again during the loop are met again: that is the next round.
    for (const job of this.#jobs) {
      kind ??= job.kind;
      if (job.kind !== kind) continue;
      const { length } = job.sequences[job.next]!;
      if (items.length > 0 && tokens + length > limit) break;
      items.push({ job, index: job.next++ });
      tokens += length;
      this.#jobs.delete(job);
      if (job.next < job.sequences.length) this.#jobs.add(job);
    }
    this.#tokens -= tokens;
    this.#sequences -= items.length;
    return items;
  }

  #count(job: J, sign: 1 | -1): void {
    for (let i = job.next; i < job.sequences.length; i++) this.#tokens += sign * job.sequences[i]!.length;
    this.#sequences += sign * (job.sequences.length - job.next);
  }
}
