import type { Activation, LookupFfnConfig } from '@lookupffn/core';
import type { Evaluator, RobertaModel } from '../../src/index.js';

type Rows = number[][];

const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Abramowitz and Stegun 7.1.5, the series of erf. */
function erf(x: number): number {
  let term = x;
  let total = x;
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

/**
 * The numeric conventions word by word in float64 over nested arrays: an oracle for models with look-up layers, which
 * shares no code with core.
 */
export class PlainEvaluator implements Evaluator<Rows> {
  readonly #model: RobertaModel;

  constructor(model: RobertaModel) {
    this.#model = model;
  }

  #vector(name: string): number[] {
    const { weights } = this.#model;
    const words = [...weights.keys()].find((key) => key.endsWith('word_embeddings.weight'))!;
    const tied: Record<string, string> = {
      'lm_head.decoder.weight': words,
      'lm_head.decoder.bias': 'lm_head.bias',
    };
    return Array.from(weights.get(tied[name] ?? name)!);
  }

  #matrix(name: string, columns: number): Rows {
    const flat = this.#vector(name);
    return range(flat.length / columns).map((row) => flat.slice(row * columns, (row + 1) * columns));
  }

  embedding(name: string, ids: Int32Array): Rows {
    const table = this.#matrix(`${name}.weight`, this.#model.config.hiddenSize);
    return Array.from(ids, (id) => table[id]!);
  }

  linear(name: string, x: Rows, activation?: Activation): Rows {
    if (x.length === 0) return [];
    const weight = this.#matrix(`${name}.weight`, x[0]!.length);
    const bias = this.#vector(`${name}.bias`);
    const y = x.map((row) => weight.map((w, o) => bias[o]! + sum(w.map((value, i) => value * row[i]!))));
    return activation === 'gelu' ? y.map((row) => row.map((v) => (v / 2) * (1 + erf(v / Math.SQRT2)))) : y;
  }

  layerNorm(name: string, x: Rows): Rows {
    const weight = this.#vector(`${name}.weight`);
    const bias = this.#vector(`${name}.bias`);
    return x.map((row) => {
      const mean = sum(row) / row.length;
      const variance = sum(row.map((v) => (v - mean) ** 2)) / row.length;
      const scale = 1 / Math.sqrt(variance + this.#model.config.layerNormEps);
      return row.map((v, i) => (v - mean) * scale * weight[i]! + bias[i]!);
    });
  }

  attention(q: Rows, k: Rows, v: Rows, offsets: Int32Array, heads: number): Rows {
    return range(offsets.length - 1).flatMap((s) => {
      const tokens = range(offsets[s + 1]! - offsets[s]!).map((t) => offsets[s]! + t);
      return tokens.map((t) => {
        const size = q[t]!.length / heads;
        return range(heads).flatMap((head) => {
          const columns = range(size).map((i) => head * size + i);
          const scores = tokens.map((u) => sum(columns.map((c) => q[t]![c]! * k[u]![c]!)) / Math.sqrt(size));
          const weights = scores.map((score) => Math.exp(score));
          return columns.map((c) => sum(tokens.map((u, i) => weights[i]! * v[u]![c]!)) / sum(weights));
        });
      });
    });
  }

  /** Conventions 2: stages of block-diagonal products and Hadamard transforms, from x again for each repeat. */
  #bh4(
    name: string,
    x: number[],
    { block, stages }: LookupFfnConfig,
    padded: number,
    repeats: number,
  ): number[] {
    const flat = this.#vector(name);
    const blocks = padded / block;
    return range(repeats).flatMap((r) => {
      let y = range(padded).map((i) => x[i] ?? 0);
      for (let j = 0; j < stages; j++) {
        const product = range(padded).map((row) => {
          const n = Math.floor(row / block);
          const start = (((r * stages + j) * blocks + n) * block + (row % block)) * block;
          return sum(range(block).map((i) => flat[start + i]! * y[n * block + i]!));
        });
        // Entry (i, j) of a natural-order Hadamard matrix: -1 to the number of bits that i and j share.
        const sign = (i: number, k: number) =>
          [...(i & k).toString(2)].filter((bit) => bit === '1').length % 2 === 0 ? 1 : -1;
        y = range(padded).map((i) => sum(product.map((value, k) => sign(i, k) * value)));
      }
      return y;
    });
  }

  #z(name: string, x: number[], config: LookupFfnConfig): number[] {
    const count = config.tables * config.bits;
    const bias = this.#vector(`${name}.projection.bias`);
    if (config.projection === 'dense') {
      const weight = this.#matrix(`${name}.projection.weight`, config.hidden);
      return weight.map((w, i) => bias[i]! + sum(w.map((value, c) => value * x[c]!)));
    }
    const padded = 2 ** Math.ceil(Math.log2(config.hidden));
    const repeats = Math.max(1, Math.ceil(count / padded));
    const mixed = this.#bh4(`${name}.projection.weight`, x, config, padded, repeats);
    return range(count).map((i) => 0.7 * mixed[i]! + 0.3 * (x[i % padded] ?? 0) + bias[i]!);
  }

  lookupFfn(name: string, x: Rows, config: LookupFfnConfig): Rows {
    const { tables, bits, out, read } = config;
    const cells = this.#matrix(`${name}.tables`, out);
    const bias = this.#vector(`${name}.bias`);
    const has = (parameter: string) => this.#model.weights.has(`${name}.${parameter}`);
    const perTable = (parameter: string, value: number) =>
      has(parameter) ? this.#vector(`${name}.${parameter}`) : range(tables).map(() => value);
    const temperature = perTable('read.temperature', 1);
    const beta = perTable('score.beta', 2);
    const gamma = perTable('score.gamma', 1);
    const skip = has('skip.weight') ? this.#matrix(`${name}.skip.weight`, config.hidden) : null;
    return this.layerNorm(`${name}.LayerNorm`, x).map((row) => {
      const z = this.#z(name, row, config);
      const shares = range(tables).flatMap((h) => {
        const own = z.slice(h * bits, (h + 1) * bits);
        const code = own.reduce((number, value) => 2 * number + (value > 0 ? 1 : 0), 0);
        const product = own.reduce((p, value) => p * sigmoid(beta[h]! * Math.abs(value)), 1);
        const score = sum(own.map(Math.abs)) * product ** gamma[h]!;
        const margin = Math.min(...own.map(Math.abs));
        const flipped = code ^ (1 << (bits - 1 - own.findIndex((value) => Math.abs(value) === margin)));
        const v = read === 'two-cell' ? sigmoid((-2 * margin) / temperature[h]!) : 0;
        return [
          { cell: cells[h * 2 ** bits + code]!, weight: score * (1 - v) },
          { cell: cells[h * 2 ** bits + flipped]!, weight: score * v },
        ];
      });
      return range(out).map(
        (o) =>
          bias[o]! +
          sum(shares.map(({ cell, weight }) => weight * cell[o]!)) +
          (skip ? sum(skip[o]!.map((value, i) => value * row[i]!)) : 0),
      );
    });
  }

  add(a: Rows, b: Rows): Rows {
    return a.map((row, i) => row.map((value, j) => value + b[i]![j]!));
  }

  tanh(x: Rows): Rows {
    return x.map((row) => row.map(Math.tanh));
  }

  takeRows(x: Rows, rows: Int32Array): Rows {
    return Array.from(rows, (row) => x[row]!);
  }

  tidy(body: () => Rows): Rows {
    return body();
  }
}
