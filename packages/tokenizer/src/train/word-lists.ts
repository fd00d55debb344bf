/** Singly linked lists of word numbers in one pool; -1 is the empty list. */
export class WordLists {
  #word = new Int32Array(4096);
  #next = new Int32Array(4096);
  #used = 0;
  #free = -1;

  /** Puts `word` in front, unless it stands there already; returns the new head. */
  prepend(head: number, word: number): number {
    if (head >= 0 && this.#word[head] === word) return head;
    let node = this.#free;
    if (node >= 0) {
      this.#free = this.#next[node];
    } else {
      node = this.#used++;
      if (node === this.#word.length) this.#grow();
    }
    this.#word[node] = word;
    this.#next[node] = head;
    return node;
  }

  wordAt(node: number): number {
    return this.#word[node];
  }

  /** Gives the node back to the pool and returns the one after it. */
  release(node: number): number {
    const next = this.#next[node];
    this.#next[node] = this.#free;
    this.#free = node;
    return next;
  }

  #grow(): void {
    const capacity = 2 * this.#word.length;
    const word = new Int32Array(capacity);
    word.set(this.#word);
    this.#word = word;
    const next = new Int32Array(capacity);
    next.set(this.#next);
    this.#next = next;
  }
}
