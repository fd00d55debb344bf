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

/** The code point beyond ASCII whose UTF-8 begins at `at`; -1 where there is none. */
export function decodeUtf8Bytes(bytes: Uint8Array, at: number): number {
  const lead = bytes[at];
  const second = bytes[at + 1] ^ 0x80;
  if (!(lead >= 0xc2 && lead <= 0xf4) || second > 0x3f) return -1;
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | second;
  const third = bytes[at + 2] ^ 0x80;
  if (third > 0x3f) return -1;
  if (lead < 0xf0) {
    const point = ((lead & 0xf) << 12) | (second << 6) | third;
    return point < 0x800 || (point & 0xf800) === 0xd800 ? -1 : point;
  }
  const fourth = bytes[at + 3] ^ 0x80;
  if (fourth > 0x3f) return -1;
  const point = ((lead & 7) << 18) | (second << 12) | (third << 6) | fourth;
  return point < 0x10000 || point > 0x10ffff ? -1 : point;
}
