const strict = new TextDecoder('utf-8', { fatal: true });
const lenient = new TextDecoder('utf-8');

/** U+FFFD as it stands in a well-formed file. */
function countReplacementCharacters(bytes: Uint8Array): number {
  let count = 0;
  for (let i = bytes.indexOf(0xef); i >= 0; i = bytes.indexOf(0xef, i + 1)) {
    if (bytes[i + 1] === 0xbf && bytes[i + 2] === 0xbd) count++;
  }
  return count;
}

/**
 * Text of UTF-8 bytes, a byte order mark taken off. Broken bytes become U+FFFD as the WHATWG Encoding standard says,
 * and `replaced` tells how many.
 */
export function decodeUtf8(bytes: Uint8Array): { text: string; replaced: number } {
  try {
    return { text: strict.decode(bytes), replaced: 0 };
  } catch {
    const text = lenient.decode(bytes);
    return { text, replaced: text.split('\ufffd').length - 1 - countReplacementCharacters(bytes) };
  }
}

/** No text has NUL bytes, except UTF-16, which is not read here either. */
export function looksBinary(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 8192).includes(0);
}
