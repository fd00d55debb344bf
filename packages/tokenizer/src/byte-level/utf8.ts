/** Writes the UTF-8 of units `[start, end)` into `bytes`; a lone surrogate becomes U+FFFD. Returns the length. */
export function encodeUtf8Units(units: Uint16Array, start: number, end: number, bytes: Uint8Array): number {
  let length = 0;
  for (let i = start; i < end; ) {
    const point = codePointAt(units, i, end);
    i += point > 0xffff ? 2 : 1;
    if (point < 0x80) {
      bytes[length++] = point;
    } else if (point < 0x800) {
      bytes[length++] = 0xc0 | (point >> 6);
      bytes[length++] = 0x80 | (point & 0x3f);
    } else if (point < 0x10000) {
      bytes[length++] = 0xe0 | (point >> 12);
      bytes[length++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[length++] = 0x80 | (point & 0x3f);
    } else {
      bytes[length++] = 0xf0 | (point >> 18);
      bytes[length++] = 0x80 | ((point >> 12) & 0x3f);
      bytes[length++] = 0x80 | ((point >> 6) & 0x3f);
      bytes[length++] = 0x80 | (point & 0x3f);
    }
  }
  return length;
}

/** The code point at `at`; U+FFFD for a surrogate without its other half. */
export function codePointAt(units: Uint16Array, at: number, end: number): number {
  const unit = units[at];
  if ((unit & 0xf800) !== 0xd800) return unit;
  const low = unit < 0xdc00 && at + 1 < end ? units[at + 1] : 0;
  if ((low & 0xfc00) !== 0xdc00) return 0xfffd;
  return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
}
