/** Tokens per second while computing, over about the last ten batches. */
export class Rate {
  #perSecond = 0;

  add(tokens: number, seconds: number): void {
    // A clock that stood still says nothing.
    if (!(seconds > 0)) return;
    const rate = tokens / seconds;
    this.#perSecond = this.#perSecond === 0 ? rate : 0.8 * this.#perSecond + 0.2 * rate;
  }

  get perSecond(): number {
    return this.#perSecond;
  }

  /** Whole seconds to wait until so many tokens are through: 1 to 60, and 1 while nothing is known. */
  retryAfter(tokens: number): number {
    if (this.#perSecond === 0) return 1;
    return Math.min(60, Math.max(1, Math.ceil(tokens / this.#perSecond)));
  }
}
