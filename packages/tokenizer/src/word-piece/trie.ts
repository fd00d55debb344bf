const FIELDS = 3;

/** A set of texts with ids, for finding the longest that begins at some place: one hash table of edges. */
export class Trie {
  /** Id of the text that the last `longest` found. */
  found = -1;
  // parent node, code point, child node (0: free); the root is node 1.
  #edges = new Int32Array(1024 * FIELDS);
  #capacity = 1024;
  #nodes = 1;
  // By node: the id of the text that ends there, or -1.
  #ids = new Int32Array(1024).fill(-1);

  add(text: string, id: number): void {
    let node = 1;
    for (const character of text) node = this.#child(node, character.codePointAt(0) as number);
    if (node !== 1) this.#ids[node] = id;
  }

  /** Where the longest text that begins at `from` ends, its id in `found`; `from` itself when there is none. */
  longest(points: ArrayLike<number>, from: number, to: number): number {
    const edges = this.#edges;
    const mask = this.#capacity - 1;
    let end = from;
    let node = 1;
    for (let i = from; i < to; i++) {
      const point = points[i];
      let edge = (hashOf(node, point) & mask) * FIELDS;
      while (edges[edge + 2] !== 0 && (edges[edge] !== node || edges[edge + 1] !== point)) {
        edge = edge + FIELDS === edges.length ? 0 : edge + FIELDS;
      }
      node = edges[edge + 2];
      if (node === 0) break;
      if (this.#ids[node] >= 0) {
        end = i + 1;
        this.found = this.#ids[node];
      }
    }
    return end;
  }

  #child(node: number, point: number): number {
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

  #place(node: number, point: number): number {
    const edges = this.#edges;
    let edge = (hashOf(node, point) & (this.#capacity - 1)) * FIELDS;
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
      this.#edges.set(old.subarray(edge, edge + FIELDS), this.#place(old[edge], old[edge + 1]));
    }
    const ids = new Int32Array(this.#capacity).fill(-1);
    ids.set(this.#ids);
    this.#ids = ids;
  }
}

function hashOf(node: number, point: number): number {
  const hash = Math.imul(node, 0x9e3779b1) ^ Math.imul(point, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}
