/** A line of live progress: redrawn in place on a terminal, printed every few seconds elsewhere. */
export interface Progress {
  /** The text is only made when it is going to be shown. */
  update(text: () => string): void;
  /** Takes an unfinished line away, before something else is written; the next update is shown at once. */
  clear(): void;
}

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const terminalInterval = 100;
const logInterval = 5000;
const eraseLine = '\r\u001b[2K';

export function createProgress(stream: Terminal, now: () => number = Date.now): Progress {
  const live = Boolean(stream.isTTY) && process.env.TERM !== 'dumb';
  const interval = live ? terminalInterval : logInterval;
  let last = Number.NEGATIVE_INFINITY;
  let drawn = false;
  return {
    update(text) {
      const time = now();
      if (time - last < interval) return;
      last = time;
      if (!live) {
        stream.write(`${text()}\n`);
        return;
      }
      // A wrapped line could not be erased.
      const width = (stream.columns || 80) - 1;
      stream.write(eraseLine + text().slice(0, width));
      drawn = true;
    },
    clear() {
      if (drawn) stream.write(eraseLine);
      drawn = false;
      // What comes after something else was written is news.
      last = Number.NEGATIVE_INFINITY;
    },
  };
}
