import { type Backend, createReferenceBackend, type LookupFfnConfig } from '@lookupffn/core';
import { DirectEvaluator, encode, type Matrix, packSequences, type RobertaModel } from '@lookupffn/roberta';
import { describe, expect, it } from 'vitest';
import { sharedCodes } from '../src/panels/cells.js';
import { inspectCells, marginsOf } from '../src/worker/cells.js';
import { encodeText } from '../src/worker/models.js';
import { lookup, prepared, tinyModel } from './tiny-model.js';

const backend = createReferenceBackend();
const text = 'the people of a nation';

/** What a look-up layer put out. */
class OutputRecorder extends DirectEvaluator {
  readonly outputs = new Map<string, Float32Array>();
  override lookupFfn(name: string, x: Matrix, config: LookupFfnConfig): Matrix {
    const y = super.lookupFfn(name, x, config);
    this.outputs.set(name, y.data.slice());
    return y;
  }
}

/** The layer's output made from nothing but the cells and weights that the page shows. */
function outputFrom(model: RobertaModel, reads: ReturnType<typeof inspectCells>, name: string): Float32Array {
  const { tables, bits, cellsRead, cells, weights, tokens } = reads;
  const out = model.config.hiddenSize;
  const y = new Float32Array(tokens.length * out);
  const table = model.weights.get(`${name}.tables`)!;
  const bias = model.weights.get(`${name}.bias`)!;
  for (let token = 0; token < tokens.length; token++) {
    for (let k = 0; k < out; k++) {
      let sum = bias[k]!;
      for (let t = 0; t < tables; t++)
        for (let c = 0; c < cellsRead; c++) {
          const at = (token * tables + t) * cellsRead + c;
          sum += weights[at]! * table[(t * 2 ** bits + cells[at]!) * out + k]!;
        }
      y[token * out + k] = sum;
    }
  }
  return y;
}

async function expectCellsToMakeTheOutput(backend: Backend, read: LookupFfnConfig['read']) {
  const ffn = { ...lookup, read, temperature: read === 'two-cell' };
  const source = tinyModel(ffn);
  const model = await prepared(backend, ffn);
  const recorder = new OutputRecorder(backend, source);
  encode(recorder, source.config, packSequences([encodeText(model, text)], source.config));
  for (const layer of [0, 1]) {
    const reads = inspectCells(backend, model, { model: 0, text, layer });
    const name = [...recorder.outputs.keys()].find((key) => key.includes(`layer.${layer}.`))!;
    const made = outputFrom(source, reads, name);
    const real = recorder.outputs.get(name)!;
    const largest = Math.max(...real.map(Math.abs));
    const errors = made.map((value, i) => Math.abs(value - real[i]!) / largest);
    expect(Math.max(...errors)).toBeLessThan(1e-5);
  }
}

describe('the cells that a layer reads', () => {
  it.each(['single', 'two-cell', 'neighbours', 'full'] as const)(
    'make its output, with their weights: %s',
    (read) => expectCellsToMakeTheOutput(backend, read),
  );

  it('come with the code, most significant bit first, and the smallest |z| as margin', async () => {
    const model = await prepared(backend);
    const reads = inspectCells(backend, model, { model: 0, text, layer: 1 });
    const { z, bits, codes, margins, tokens, tables } = reads;
    expect(tokens.slice(1, -1).join('')).toBe(text);
    expect(codes).toHaveLength(tokens.length * tables);
    codes.forEach((code, at) => {
      const own = [...z.subarray(at * bits, (at + 1) * bits)];
      expect(Number.parseInt(own.map((value) => (value > 0 ? 1 : 0)).join(''), 2)).toBe(code);
      expect(margins[at]).toBe(Math.min(...own.map(Math.abs)));
    });
  });

  it('are refused where there are none', async () => {
    const model = await prepared(backend, { kind: 'dense' });
    expect(() => inspectCells(backend, model, { model: 0, text, layer: 0 })).toThrow('no tables');
  });
});

it('margins are per table', () => {
  expect([...marginsOf(Float32Array.of(3, -1, 2, 0.5, -4, 8), 3)]).toEqual([1, 0.5]);
});

it('tokens share a code in a share of the tables', () => {
  const codes = Int32Array.of(1, 2, 1, 3, 4, 5);
  expect(sharedCodes({ codes, tables: 2, tokens: ['a', 'b', 'c'] } as never, 0)).toEqual([1, 0.5, 0]);
});
