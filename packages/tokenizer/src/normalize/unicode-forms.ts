import { combiningRank, isAssigned } from '../unicode/combining.js';
import type { AlignedText } from './aligned-text.js';

type Form = 'NFD' | 'NFKD';

/**
 * Canonical or compatibility decomposition with alignment. The engine's `String.prototype.normalize` gives the
 * decompositions and the canonical order; characters newer than the reference's tables (Unicode 9.0) stay whole,
 * whatever the engine knows.
 */
export function decompose(text: AlignedText, form: Form): void {
  const { points, changes, changed } = decomposed(text.points, form);
  if (changed) text.transform(points, changes);
}

/** Decomposition followed by canonical composition (NFC, NFKC), with alignment. */
export function compose(text: AlignedText, form: Form): void {
  const { points, changes } = decomposed(text.points, form);
  const composer = new Composer();
  for (let i = 0; i < points.length; i++) composer.add(points[i], changes[i]);
  composer.end();
  text.transform(composer.points, composer.changes);
}

interface Decomposed {
  points: number[];
  /** As {@link AlignedText.transform} takes them. */
  changes: number[];
  changed: boolean;
}

function decomposed(source: readonly number[], form: Form): Decomposed {
  const result: Decomposed = { points: [], changes: [], changed: false };
  let marksFrom = 0;
  for (const point of source) {
    const parts = point < 0xc0 && form === 'NFD' ? undefined : partsOf(point, form);
    const list = parts ?? [point];
    if (parts !== undefined) result.changed = true;
    for (let i = 0; i < list.length; i++) {
      if (combiningRank(list[i]) === 0) {
        orderMarks(result, marksFrom);
        marksFrom = result.points.length + 1;
      }
      result.points.push(list[i]);
      result.changes.push(i === 0 ? 0 : 1);
    }
  }
  orderMarks(result, marksFrom);
  return result;
}

/** Canonical order: a stable sort of the marks after a starter by their combining class. */
function orderMarks(result: Decomposed, from: number): void {
  const { points, changes } = result;
  let ordered = true;
  for (let i = from + 1; i < points.length && ordered; i++) {
    ordered = combiningRank(points[i - 1]) <= combiningRank(points[i]);
  }
  if (ordered) return;
  result.changed = true;
  const order = Array.from({ length: points.length - from }, (_, i) => from + i);
  order.sort((a, b) => combiningRank(points[a]) - combiningRank(points[b]));
  const sortedPoints = order.map((i) => points[i]);
  const sortedChanges = order.map((i) => changes[i]);
  for (let i = 0; i < order.length; i++) {
    points[from + i] = sortedPoints[i];
    changes[from + i] = sortedChanges[i];
  }
}

/** Composes a decomposed text, as the Unicode standard's annex 15 has it; marks that cannot join wait for the next starter. */
class Composer {
  readonly points: number[] = [];
  readonly changes: number[] = [];
  #starter = -1;
  #starterChange = 0;
  #waiting: { point: number; change: number }[] = [];
  #lastClass = 0;

  add(point: number, change: number): void {
    const combining = combiningRank(point);
    if (this.#starter < 0) {
      if (combining !== 0) this.#emit(point, change);
      else this.#begin(point, change);
      return;
    }
    const blocked = this.#waiting.length > 0 && this.#lastClass >= combining;
    const composite = blocked ? undefined : compositeOf(this.#starter, point);
    if (composite !== undefined) {
      this.#starter = composite;
      this.#starterChange += change - 1;
    } else if (combining === 0) {
      this.#flush();
      this.#begin(point, change);
    } else {
      this.#waiting.push({ point, change });
      this.#lastClass = combining;
    }
  }

  end(): void {
    if (this.#starter >= 0) this.#flush();
  }

  #begin(point: number, change: number): void {
    this.#starter = point;
    this.#starterChange = change;
  }

  #flush(): void {
    this.#emit(this.#starter, this.#starterChange);
    for (const { point, change } of this.#waiting) this.#emit(point, change);
    this.#waiting = [];
  }

  #emit(point: number, change: number): void {
    this.points.push(point);
    this.changes.push(change);
  }
}

const noParts: readonly number[] = [];
const partsMemo = { NFD: new Map<number, readonly number[]>(), NFKD: new Map<number, readonly number[]>() };

/** What a character decomposes into, or undefined. */
function partsOf(point: number, form: Form): readonly number[] | undefined {
  if (point < 0xa0) return undefined;
  const memo = partsMemo[form];
  let parts = memo.get(point);
  if (parts === undefined) {
    const whole = String.fromCodePoint(point);
    const text = whole.normalize(form);
    parts = text === whole || !isAssigned(point) ? noParts : Array.from(text, pointOf);
    memo.set(point, parts);
  }
  return parts === noParts ? undefined : parts;
}

function compositeOf(first: number, second: number): number | undefined {
  // Nothing below U+0300 is the second half of a composition.
  if (second < 0x300) return undefined;
  const text = String.fromCodePoint(first, second).normalize('NFC');
  const point = text.codePointAt(0) as number;
  const single = text.length === (point > 0xffff ? 2 : 1);
  return single && isAssigned(point) ? point : undefined;
}

const pointOf = (character: string) => character.codePointAt(0) as number;
