import { characterClasses, WHITE_SPACE, WORD } from '../unicode/classes.js';

/** A token that is found in the text itself, before any model sees it. */
export interface AddedToken {
  id: number;
  content: string;
  /** Only where neither neighbour is a character of a word. */
  singleWord: boolean;
  /** Swallows the white space before it. */
  lstrip: boolean;
  /** Swallows the white space after it. */
  rstrip: boolean;
  /** Looked for in the normalized text rather than the raw one. */
  normalized: boolean;
  /** Left out by `decode` with `skipSpecialTokens`. */
  special: boolean;
}

interface TrieNode {
  children: Map<number, TrieNode>;
  token: AddedToken | undefined;
}

/**
 * Finds added tokens, leftmost first and longest among those that begin at one place.
 *
 * A trie over UTF-16 units. Text is skipped with `indexOf` on the few units that any token begins with: the
 * usual set ('<' or '[') costs next to nothing.
 */
export class AddedTokenFinder {
  readonly #root: TrieNode = { children: new Map(), token: undefined };
  readonly #firstUnits: string[];

  /** `pattern` says what to look for: the content, or its normalized form. */
  constructor(tokens: readonly AddedToken[], pattern: (token: AddedToken) => string) {
    for (const token of tokens) {
      const text = pattern(token);
      let node = this.#root;
      for (let i = 0; i < text.length; i++) {
        const unit = text.charCodeAt(i);
        let child = node.children.get(unit);
        if (child === undefined) {
          child = { children: new Map(), token: undefined };
          node.children.set(unit, child);
        }
        node = child;
      }
      // Of two tokens with one pattern the first stands, as in the reference implementation.
      if (node !== this.#root) node.token ??= token;
    }
    this.#firstUnits = Array.from(this.#root.children.keys(), (unit) => String.fromCharCode(unit));
  }

  get isEmpty(): boolean {
    return this.#firstUnits.length === 0;
  }

  /**
   * Calls `plain` and `added` in turn for the stretches that cover `text[from, to)`. White space that a token
   * strips counts as the token's.
   */
  split(
    text: string,
    from: number,
    to: number,
    plain: (from: number, to: number) => void,
    added: (token: AddedToken, from: number, to: number) => void,
  ): void {
    let done = from;
    if (this.#firstUnits.length > 0) {
      const nextCandidate = candidates(text, this.#firstUnits, from, to);
      for (let at = nextCandidate(from); at < to; ) {
        const match = this.#longestAt(text, at, to);
        if (match === undefined) {
          at = nextCandidate(at + 1);
          continue;
        }
        const { token, end } = match;
        if (!token.singleWord || standsAlone(text, from, at, end, to)) {
          let start = at;
          let stop = end;
          if (token.lstrip) {
            while (start > done && isWhiteSpace(text, start - 1)) start--;
            // The token before may have taken a space that this one begins with.
            start = Math.max(start, done);
          }
          if (token.rstrip) while (stop < to && isWhiteSpace(text, stop)) stop++;
          if (done < start) plain(done, start);
          added(token, start, stop);
          done = stop;
        }
        at = nextCandidate(end);
      }
    }
    if (done < to) plain(done, to);
  }

  #longestAt(text: string, at: number, to: number): { token: AddedToken; end: number } | undefined {
    let found: { token: AddedToken; end: number } | undefined;
    let node: TrieNode | undefined = this.#root;
    for (let i = at; i < to; i++) {
      node = node.children.get(text.charCodeAt(i));
      if (node === undefined) break;
      if (node.token !== undefined) found = { token: node.token, end: i + 1 };
    }
    return found;
  }
}

/** Returns a function that gives the first place at or after its argument where one of `units` stands, or `to`. */
function candidates(text: string, units: string[], from: number, to: number): (at: number) => number {
  // A view that ends at `to`: a search must not run on through the rest of a long text, once for each stretch.
  const view = text.slice(from, to);
  const place = (unit: string, at: number) => {
    const found = view.indexOf(unit, at - from);
    return found < 0 ? to : from + found;
  };
  // Each unit's next place is kept, so that every stretch is searched once for it.
  const nextPlaces = units.map((unit) => place(unit, from));
  return (at) => {
    let nearest = to;
    for (let i = 0; i < units.length; i++) {
      if (nextPlaces[i] < at) nextPlaces[i] = place(units[i], at);
      if (nextPlaces[i] < nearest) nearest = nextPlaces[i];
    }
    return nearest;
  };
}

function isWhiteSpace(text: string, at: number): boolean {
  return (characterClasses[text.charCodeAt(at)] & WHITE_SPACE) !== 0;
}

function standsAlone(text: string, from: number, start: number, end: number, to: number): boolean {
  return (
    !(start > from && isWord(pointBefore(text, start, from))) &&
    !(end < to && isWord(text.codePointAt(end) as number))
  );
}

function isWord(point: number): boolean {
  return (characterClasses[point] & WORD) !== 0;
}

function pointBefore(text: string, at: number, from: number): number {
  const unit = text.charCodeAt(at - 1);
  if ((unit & 0xfc00) !== 0xdc00 || at - 2 < from) return unit;
  const point = text.codePointAt(at - 2) as number;
  return point > 0xffff ? point : unit;
}
