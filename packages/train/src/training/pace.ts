/** Seconds a step, over the last steps only: the first ones warm up, and a machine's load changes. */
export class Pace {
  readonly #window: number;
  #seconds: number[] = [];

  constructor(window = 20) {
    this.#window = window;
  }

  add(seconds: number): void {
    this.#seconds.push(seconds);
    if (this.#seconds.length > this.#window) this.#seconds.shift();
  }

  /** NaN before the first step. */
  get secondsPerStep(): number {
    return this.#seconds.reduce((sum, seconds) => sum + seconds, 0) / this.#seconds.length;
  }
}
