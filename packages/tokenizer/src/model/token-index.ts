const FIELDS = 2;

/** Hash of no text at all. */
const EMPTY_HASH = 0x811c9dc5 | 0;

/**
 * Finds a token's id by its text, or by two texts that it joins, without making a string: a vocabulary of fifty
 * thousand merges is looked up a hundred and fifty thousand times while it loads.
 */
export class TokenIndex {
  readonly #tokens: readonly (string | undefined)[];
  // hash, id + 1 (0: free)
  readonly #slots: Int32Array;
  readonly #mask: number;
  /** What the last `findJoined` found for its parts. */
  leftId = -1;
  rightId = -1;

  /** For at most `count` tokens; they are read from `tokens` by id. */
  constructor(tokens: readonly (string | undefined)[], count: number) {
    this.#tokens = tokens;
    let capacity = 16;
    while (capacity < 2 * count) capacity *= 2;
    this.#slots = new Int32Array(capacity * FIELDS);
    this.#mask = capacity - 1;
  }

  /** `tokens[id]` must be the text. */
  add(id: number): void {
    const token = this.#tokens[id] as string;
    const hash = finish(hashOn(EMPTY_HASH, token, 0, token.length));
    let slot = (hash & this.#mask) * FIELDS;
    while (this.#slots[slot + 1] !== 0) slot = slot + FIELDS === this.#slots.length ? 0 : slot + FIELDS;
    this.#slots[slot] = hash;
    this.#slots[slot + 1] = id + 1;
  }

  get(text: string): number | undefined {
    const { length } = text;
    const id = this.#probe(hashOn(EMPTY_HASH, text, 0, length), text, 0, length, text, length, length);
    return id < 0 ? undefined : id;
  }

  /**
   * Id of the token that `left[leftFrom, leftTo)` and `right[rightFrom, rightTo)` join to, and theirs in `leftId` and
   * `rightId`; -1 when one of the three is none.
   */
  findJoined(
    left: string,
    leftFrom: number,
    leftTo: number,
    right: string,
    rightFrom: number,
    rightTo: number,
  ): number {
    const leftHash = hashOn(EMPTY_HASH, left, leftFrom, leftTo);
    this.leftId = this.#probe(leftHash, left, leftFrom, leftTo, left, leftTo, leftTo);
    const rightHash = hashOn(EMPTY_HASH, right, rightFrom, rightTo);
    this.rightId = this.#probe(rightHash, right, rightFrom, rightTo, right, rightTo, rightTo);
    if (this.leftId < 0 || this.rightId < 0) return -1;
    const hash = hashOn(leftHash, right, rightFrom, rightTo);
    return this.#probe(hash, left, leftFrom, leftTo, right, rightFrom, rightTo);
  }

  #probe(
    unfinished: number,
    left: string,
    leftFrom: number,
    leftTo: number,
    right: string,
    rightFrom: number,
    rightTo: number,
  ): number {
    const hash = finish(unfinished);
    const slots = this.#slots;
    const cut = leftTo - leftFrom;
    const length = cut + rightTo - rightFrom;
    for (let slot = (hash & this.#mask) * FIELDS; slots[slot + 1] !== 0; ) {
      if (slots[slot] === hash) {
        const id = slots[slot + 1] - 1;
        const token = this.#tokens[id] as string;
        if (token.length === length) {
          let i = 0;
          while (i < cut && token.charCodeAt(i) === left.charCodeAt(leftFrom + i)) i++;
          if (i === cut) {
            while (i < length && token.charCodeAt(i) === right.charCodeAt(rightFrom + i - cut)) i++;
            if (i === length) return id;
          }
        }
      }
      slot = slot + FIELDS === slots.length ? 0 : slot + FIELDS;
    }
    return -1;
  }
}

/** FNV-1a over UTF-16 units, going on from a hash. */
function hashOn(hash: number, text: string, from: number, to: number): number {
  let value = hash;
  for (let i = from; i < to; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value;
}

function finish(hash: number): number {
  return hash ^ (hash >>> 15);
}
