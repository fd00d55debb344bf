import { InvalidArgumentError } from 'commander';

export interface Range {
  readonly min?: number;
  readonly max?: number;
}

function check(
  text: string,
  value: number,
  what: string,
  { min = -Infinity, max = Infinity }: Range,
): number {
  if (text.trim() !== '' && Number.isFinite(value) && value >= min && value <= max) return value;
  const bounds = [
    ...(min > -Infinity ? [`at least ${min}`] : []),
    ...(max < Infinity ? [`at most ${max}`] : []),
  ].join(' and ');
  throw new InvalidArgumentError(`It must be ${what}${bounds ? `, ${bounds}` : ''}.`);
}

/** Counts, sizes, seeds and the milliseconds of a timer all fit into 31 bits. */
const largestWhole = 2 ** 31 - 1;

/** Parses a flag's value as a whole number within a range, at most 2^31 - 1 unless it says otherwise. */
export function whole({ min, max = largestWhole }: Range = {}): (text: string) => number {
  return (text) => {
    const value = Number(text);
    return check(text, Number.isSafeInteger(value) ? value : Number.NaN, 'a whole number', { min, max });
  };
}

/** Parses a flag's value as a number within a range. */
export function real(range: Range = {}): (text: string) => number {
  return (text) => check(text, Number(text), 'a number', range);
}

/** Parses a share that leaves something: 0 to below 1. */
export const share: (text: string) => number = real({ min: 0, max: 0.999 });

/** Parses a comma-separated list, each item by the given parser. */
export function listOf<T>(item: (text: string) => T): (text: string) => T[] {
  return (text) => text.split(',').map((part) => item(part.trim()));
}
