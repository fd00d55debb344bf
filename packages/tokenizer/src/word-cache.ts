const FIELDS = 4;
/** Words longer than this are not kept: they are rare, and each would push many short ones out. */
export const MAX_CACHED_UNITS = 64;

const MAX_ENTRIES = 1 << 16;
const MAX_KEY_UNITS = 1 << 19;
const MAX_VALUES = 1 << 18;

/**
 * Remembers how a word (a run of UTF-16 units) was cut into tokens, without an object for each word.
 *
 * Open addressing over one typed array, four fields an entry:
 * hash; where its units begin in `keyUnits`; `units | tokens << 8 | words << 16`; and the token's
 * id when the word is one token that spans all of it (`tokens` is then 0), else where its tokens begin in `values`, two
 * numbers each: id, and `start | end << 8 | word << 16` relative to the word.
 *
 * Bounded: when full it is emptied. Common words are back within a few kilobytes of text, which costs less
 * than keeping track of what is common.
 */
export class WordCache {
  entries: Int32Array = new Int32Array(1024 * FIELDS);
  keyUnits: Uint16Array = new Uint16Array(4096);
  values: Int32Array = new Int32Array(4096);
  #capacity = 1024;
  #count = 0;
  #keyLength = 0;
  #valueLength = 0;

  /** Index of the entry's first field for these units, or `~i` with `i` where it would go. */
  find(units: Uint16Array, start: number, end: number): number {
    const hash = hashUnits(units, start, end);
    const { entries, keyUnits } = this;
    const length = end - start;
    const mask = this.#capacity - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = slot * FIELDS;
      const meta = entries[entry + 2];
      if (meta === 0) {
        entries[entry] = hash;
        return ~entry;
      }
      if (entries[entry] !== hash || (meta & 0xff) !== length) continue;
      const key = entries[entry + 1];
      let i = 0;
      while (i < length && keyUnits[key + i] === units[start + i]) i++;
      if (i === length) return entry;
    }
  }

  /**
   * Fills the free place `find` returned. `tokens` holds (id, start, end, word) for each of `count` tokens,
   * relative to the word; `words` is how many words the run holds.
   */
  insert(
    vacancy: number,
    units: Uint16Array,
    start: number,
    end: number,
    tokens: Int32Array,
    count: number,
    words: number,
  ): void {
    const length = end - start;
    let entry = vacancy;
    if (
      this.#count * 2 >= this.#capacity ||
      this.#keyLength + length > this.keyUnits.length ||
      this.#valueLength + 2 * count > this.values.length
    ) {
      const hash = this.entries[vacancy];
      this.#makeRoom();
      entry = this.#vacancy(hash);
    }
    const { entries, keyUnits, values } = this;
    for (let i = 0; i < length; i++) keyUnits[this.#keyLength + i] = units[start + i];
    entries[entry + 1] = this.#keyLength;
    this.#keyLength += length;
    this.#count++;
    if (count === 1 && words === 1 && tokens[1] === 0 && tokens[2] === length) {
      entries[entry + 2] = length | (1 << 16);
      entries[entry + 3] = tokens[0];
      return;
    }
    entries[entry + 2] = length | (count << 8) | (words << 16) | SEVERAL;
    entries[entry + 3] = this.#valueLength;
    for (let i = 0; i < count; i++) {
      const token = 4 * i;
      values[this.#valueLength++] = tokens[token];
      values[this.#valueLength++] = tokens[token + 1] | (tokens[token + 2] << 8) | (tokens[token + 3] << 16);
    }
  }

  #vacancy(hash: number): number {
    const mask = this.#capacity - 1;
    let slot = hash & mask;
    while (this.entries[slot * FIELDS + 2] !== 0) slot = (slot + 1) & mask;
    this.entries[slot * FIELDS] = hash;
    return slot * FIELDS;
  }

  #makeRoom(): void {
    if (
      this.#count < MAX_ENTRIES &&
      this.keyUnits.length < MAX_KEY_UNITS &&
      this.values.length < MAX_VALUES
    ) {
      this.#grow();
    } else {
      this.entries.fill(0);
      this.#count = 0;
      this.#keyLength = 0;
      this.#valueLength = 0;
    }
  }

  #grow(): void {
    const old = this.entries;
    this.#capacity *= 2;
    this.entries = new Int32Array(this.#capacity * FIELDS);
    for (let entry = 0; entry < old.length; entry += FIELDS) {
      if (old[entry + 2] === 0) continue;
      const place = this.#vacancy(old[entry]);
      for (let field = 1; field < FIELDS; field++) this.entries[place + field] = old[entry + field];
    }
    this.keyUnits = enlarged(this.keyUnits, new Uint16Array(this.keyUnits.length * 2));
    this.values = enlarged(this.values, new Int32Array(this.values.length * 2));
  }
}

/** Set in an entry's third field when its tokens stand in `values`. */
export const SEVERAL = 1 << 30;

function enlarged<T extends Uint16Array | Int32Array>(old: T, larger: T): T {
  larger.set(old);
  return larger;
}

/** FNV-1a over units, with a last mix so that the low bits depend on all of them. */
function hashUnits(units: Uint16Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ units[i], 0x01000193);
  hash ^= hash >>> 15;
  return hash;
}
