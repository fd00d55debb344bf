/**
 * GPT-2's alphabet: a printable character for every byte, so that a vocabulary of byte strings can be written
 * as text. Bytes that are printable in Latin-1 stand for themselves; the other 68 become U+0100 to U+0143 in
 * their order (a space is `Ġ`, a line feed `Ċ`).
 */
export const byteToCharCode: Uint16Array = new Uint16Array(256);

/** The inverse for character codes below 0x144: a byte, or -1. */
export const charCodeToByte: Int16Array = new Int16Array(0x144).fill(-1);

for (let byte = 0, next = 0x100; byte < 256; byte++) {
  const printable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
  const code = printable ? byte : next++;
  byteToCharCode[byte] = code;
  charCodeToByte[code] = byte;
}

/** The 256 characters in ascending order of their code: the order in which a trainer numbers them. */
export function sortedAlphabet(): string[] {
  return Array.from(byteToCharCode)
    .sort((a, b) => a - b)
    .map((code) => String.fromCharCode(code));
}

const utf8 = /* @__PURE__ */ new TextEncoder();

/** The bytes a vocabulary entry stands for. An entry with a character outside the alphabet stands for its own UTF-8. */
export function tokenBytes(token: string): Uint8Array {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const code = token.charCodeAt(i);
    const byte = code < 0x144 ? charCodeToByte[code] : -1;
    if (byte < 0) return utf8.encode(token);
    bytes[i] = byte;
  }
  return bytes;
}
