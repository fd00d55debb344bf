export function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(1)} ms`;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

const thousands = new Intl.NumberFormat('en-US');

/** 13193 -> 13,193 */
export function count(value: number): string {
  return thousands.format(value);
}

/** Three significant digits with a unit's prefix: 40.7 k. */
export function large(value: number): string {
  for (const [size, prefix] of [
    [1e9, ' G'],
    [1e6, ' M'],
    [1e3, ' k'],
  ] as const) {
    if (value >= size) return `${Number((value / size).toPrecision(3))}${prefix}`;
  }
  return String(Number(value.toPrecision(3)));
}

/** A token as it can be seen: a space before it does not show, one alone does. */
export function visibleToken(token: string): string {
  return token.trim() || (token === '' ? '∅' : '␠');
}
