const thousands = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** 1234567 -> 1,234,567 */
export function count(value: number): string {
  return thousands.format(value);
}

/** 12345678 -> 12.3M; three significant digits. */
export function short(value: number): string {
  for (const [unit, suffix] of [
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ] as const) {
    if (Math.abs(value) >= unit) return `${(value / unit).toPrecision(3)}${suffix}`;
  }
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}

/** Bytes in binary units. */
export function bytes(value: number): string {
  for (const [power, suffix] of [
    [3, 'GiB'],
    [2, 'MiB'],
    [1, 'KiB'],
  ] as const) {
    if (value >= 1024 ** power) return `${(value / 1024 ** power).toPrecision(3)} ${suffix}`;
  }
  return `${value} B`;
}

/** 75 -> 1:15, 3675 -> 1:01:15 */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-';
  const whole = Math.max(0, Math.round(seconds));
  const two = (n: number) => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** 0.1234 -> 12.3% */
export function percent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)}%`;
}

/** A ratio of two quantities, "6.4x". */
export function times(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)}x`;
}
