const FIELDS = 3;

/** The node that stands for the empty text. */
const ROOT = 1;

/** Texts with ids, for finding the longest that begins at some place: one hash table of edges. */
export class Trie {
  /** Id of the text that the last `longest` found. */
  found = -1;
  // parent node, code point, child node (0: free)
  #edges: Int32Array;
  #capacity: number;
  #nodes = ROOT;
  // By node: the id of the text that ends there, or -1.
  #ids: Int32Array;

  /** `characters` is a guess of how many all texts have together. */
  constructor(characters: number = 0) {
    this.#capacity = 1024;
    while (this.#capacity < characters) this.#capacity *= 2;
    this.#edges = new Int32Array(this.#capacity * FIELDS);
    this.#ids = new Int32Array(this.#capacity).fill(-1);
  }

  /** A text given again takes the new id. */
  set(text: string, id: number): void {
    let node = ROOT;
    for (let i = 0; i < text.length; ) {
      const point = text.codePointAt(i) as number;
      node = this.#childOrNew(node, point);
      i += point > 0xffff ? 2 : 1;
    }
    this.#ids[node] = id;
  }

  /** Where the longest text that begins at `from` ends, its id in `found`; `from` itself when there is none. */
  longest(points: ArrayLike<number>, from: number, to: number): number {
    let end = from;
    let node = ROOT;
    for (let i = from; i < to; i++) {
      node = this.#edges[this.#place(node, points[i]) + 2];
      if (node === 0) break;
      if (this.#ids[node] >= 0) {
        end = i + 1;
        this.found = this.#ids[node];
      }
    }
    return end;
  }

  #childOrNew(node: number, point: number): number {
    let edge = this.#place(node, point);
    if (this.#edges[edge + 2] !== 0) return this.#edges[edge + 2];
    if (2 * this.#nodes >= this.#capacity) {
      this.#grow();
      edge = this.#place(node, point);
    }
    const child = ++this.#nodes;
    this.#edges[edge] = node;
    this.#edges[edge + 1] = point;
    this.#edges[edge + 2] = child;
    return child;
  }

  /** Where the edge stands, or would. */
  #place(node: number, point: number): number {
    const edges = this.#edges;
    let hash = Math.imul(node, 0x9e3779b1) ^ Math.imul(point, 0x85ebca6b);
    hash ^= hash >>> 15;
    let edge = (hash & (this.#capacity - 1)) * FIELDS;
    while (edges[edge + 2] !== 0 && (edges[edge] !== node || edges[edge + 1] !== point)) {
      edge = edge + FIELDS === edges.length ? 0 : edge + FIELDS;
    }
    return edge;
  }

  #grow(): void {
    const old = this.#edges;
    this.#capacity *= 2;
    this.#edges = new Int32Array(this.#capacity * FIELDS);
    for (let edge = 0; edge < old.length; edge += FIELDS) {
      if (old[edge + 2] === 0) continue;
      const place = this.#place(old[edge], old[edge + 1]);
      this.#edges[place] = old[edge];
      this.#edges[place + 1] = old[edge + 1];
      this.#edges[place + 2] = old[edge + 2];
    }
    const ids = new Int32Array(this.#capacity).fill(-1);
    ids.set(this.#ids);
    this.#ids = ids;
  }
}
