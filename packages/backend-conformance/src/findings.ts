/** What a case found: it failed when there is any problem. */
export interface CaseOutcome {
  /** Of the comparison that came closest to (or went furthest past) its tolerance. */
  readonly maxError: number;
  readonly tolerance: number;
  readonly problems: readonly string[];
  /** Something worth showing beside a pass, e.g. that int8 was asked for and f32 kept. */
  readonly note?: string;
}

export type NumberArray = Float32Array | Float64Array | Int32Array;

/** Largest finite magnitude; what errors are relative to. An array of zeros is compared absolutely. */
export function magnitude(values: NumberArray): number {
  let largest = 0;
  for (const value of values) {
    const size = Math.abs(value);
    if (size > largest && size < Number.POSITIVE_INFINITY) largest = size;
  }
  return largest === 0 ? 1 : largest;
}

/** NaN equals NaN and an infinity itself; otherwise the difference over `scale`. */
function errorOf(actual: number, expected: number, scale: number): number {
  if (Object.is(actual, expected) || actual === expected) return 0;
  const error = Math.abs(actual - expected) / scale;
  return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
}

/** Gathers what a case finds; comparisons go on after a failure, so that a report shows all of it. */
export class Findings {
  private maxError = 0;
  private worstTolerance = 0;
  private readonly problems: string[] = [];
  note: string | undefined;

  fail(problem: string): void {
    this.problems.push(problem);
  }

  private record(label: string, error: number, tolerance: number, detail: () => string): void {
    // Not "error > tolerance": NaN must fail.
    if (!(error <= tolerance)) {
      this.problems.push(
        `${label}: error ${error.toExponential(2)} > ${tolerance.toExponential(2)} ${detail()}`,
      );
    }
    const ratio = (e: number, t: number) => (e === 0 ? 0 : e / t);
    if (this.worstTolerance === 0 || ratio(error, tolerance) > ratio(this.maxError, this.worstTolerance)) {
      this.maxError = error;
      this.worstTolerance = tolerance;
    }
  }

  /** Every element within `tolerance` of the expected one, relative to the largest expected magnitude. */
  close(
    label: string,
    actual: NumberArray,
    expected: NumberArray,
    tolerance: number,
    options: { readonly scale?: number; readonly counts?: (index: number) => boolean } = {},
  ): void {
    if (actual.length !== expected.length) {
      this.fail(`${label}: ${actual.length} elements instead of ${expected.length}`);
      return;
    }
    const scale = options.scale ?? magnitude(expected);
    let worst = 0;
    let at = -1;
    for (let i = 0; i < expected.length; i++) {
      if (options.counts && !options.counts(i)) continue;
      const error = errorOf(actual[i]!, expected[i]!, scale);
      if (error > worst) {
        worst = error;
        at = i;
      }
    }
    this.record(label, worst, tolerance, () => `at [${at}]: ${actual[at]} instead of ${expected[at]}`);
  }

  /** Root mean square of the differences relative to that of the expected values: for quantised weights. */
  closeOnAverage(label: string, actual: NumberArray, expected: NumberArray, tolerance: number): void {
    let difference = 0;
    let total = 0;
    for (let i = 0; i < expected.length; i++) {
      difference += (actual[i]! - expected[i]!) ** 2;
      total += expected[i]! ** 2;
    }
    const error = total === 0 ? Math.sqrt(difference) : Math.sqrt(difference / total);
    this.record(label, error, tolerance, () => '(root mean square)');
  }

  /** Every bit the same; NaNs with different payloads count as the same. */
  same(label: string, actual: NumberArray, expected: NumberArray): void {
    if (actual.length !== expected.length) {
      this.fail(`${label}: ${actual.length} elements instead of ${expected.length}`);
      return;
    }
    for (let i = 0; i < expected.length; i++) {
      if (!Object.is(actual[i], expected[i])) {
        this.fail(`${label}: [${i}] is ${actual[i]} instead of exactly ${expected[i]}`);
        return;
      }
    }
  }

  outcome(): CaseOutcome {
    return {
      maxError: this.maxError,
      tolerance: this.worstTolerance,
      problems: this.problems,
      note: this.note,
    };
  }
}
