import * as symbols from './symbols.js';

/** The number of a state's entry for each of the signs that formats are written with; `"` is a text, `0` a number. */
const numbers: Record<string, number> = {
  '{': symbols.OPEN_BRACE,
  '}': symbols.CLOSE_BRACE,
  '[': symbols.OPEN_BRACKET,
  ']': symbols.CLOSE_BRACKET,
  ',': symbols.COMMA,
  ':': symbols.COLON,
  '"': symbols.STRING,
  '0': symbols.COUNT,
};

/**
 * The table of an automaton: after symbol k, state s is followed by state `table[s * SYMBOLS + k]`. Given are the states'
 * names, the first one first, and what follows in each: `{ opened: { '[': 'first' }, first: { ']': 'done' } }`. White
 * space may stand everywhere.
 */
export function automaton(states: Record<string, Record<string, string>>): Uint8Array {
  const names = Object.keys(states);
  const numberOf = (name: string) => (name === 'done' ? symbols.DONE : symbols.START + names.indexOf(name));
  const table = new Uint8Array((symbols.START + names.length) * symbols.SYMBOLS).fill(symbols.WRONG);
  for (const [state, followers] of Object.entries(states)) {
    const row = numberOf(state) * symbols.SYMBOLS;
    table[row + symbols.WHITE_SPACE] = numberOf(state);
    for (const [sign, next] of Object.entries(followers)) table[row + numbers[sign]] = numberOf(next);
  }
  return table;
}
