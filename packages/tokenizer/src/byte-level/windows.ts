/** Units are read in windows, so that the copy stays in the processor's cache and memory does not follow the text's length. */
const WINDOW = 1 << 14;

/**
 * Takes the words that surely end inside `units[0, count)`, and returns how many units they took. `base` is the
 * first unit's place in the text; when `last`, the window ends with the text.
 */
export type WindowVisitor = (units: Uint16Array, count: number, last: boolean, base: number) => number;

/** Hands a text's UTF-16 units to a visitor window by window, each beginning where the last one's words ended. */
export class WindowReader {
  #units = new Uint16Array(0);

  /**
   * With `prefixSpace`, the first window begins with a space that is not in the text; it counts as standing at
   * `from - 1`. Stops early at the first word that begins at or after `until`; returns where it stopped.
   */
  read(
    text: string,
    from: number,
    to: number,
    prefixSpace: boolean,
    visit: WindowVisitor,
    until: number = to,
  ): number {
    let window = WINDOW;
    let position = prefixSpace ? from - 1 : from;
    while (position < Math.min(until, to)) {
      const count = Math.min(window, to - position);
      if (this.#units.length < count)
        this.#units = new Uint16Array(Math.max(count, Math.min(WINDOW, 2 * count)));
      const units = this.#units;
      const prefix = position < from ? 1 : 0;
      if (prefix) units[0] = 0x20;
      copyUnits(text, position + prefix, count - prefix, prefix ? units.subarray(1) : units);
      const consumed = visit(units, count, position + count === to, position);
      position += consumed;
      // A word longer than the window: see more of what follows. Doubling keeps the work linear.
      window = consumed === 0 ? 2 * window : WINDOW;
    }
    return position;
  }
}

/** Long enough that a call to the encoder pays, short enough that one foreign character spoils little. */
const PIECE = 1 << 11;
const WORTH_A_CALL = 1 << 8;
const bytes = /* @__PURE__ */ new Uint8Array(PIECE);
const encoder = /* @__PURE__ */ new TextEncoder();

/** ASCII, whose UTF-8 is its units, is copied by the engine's encoder, five times as fast as unit by unit. */
function copyUnits(text: string, from: number, count: number, units: Uint16Array): void {
  for (let done = 0; done < count; ) {
    const size = Math.min(PIECE, count - done);
    if (size < WORTH_A_CALL || !copyAscii(text.slice(from + done, from + done + size), units, done)) {
      for (let i = done; i < done + size; i++) units[i] = text.charCodeAt(from + i);
    }
    done += size;
  }
}

/** Whether the piece was ASCII, and stands in `units` from `at` on. */
function copyAscii(piece: string, units: Uint16Array, at: number): boolean {
  // One byte a unit means ASCII: every other character takes more bytes than units.
  const { read, written } = encoder.encodeInto(piece, bytes);
  if (read !== piece.length || written !== piece.length) return false;
  units.set(bytes.subarray(0, written), at);
  return true;
}
