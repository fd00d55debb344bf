import { createReferenceBackend } from '@lookupffn/core';
import { openSafetensorsFile } from '@lookupffn/core/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { Session } from '../src/index.js';
import { loadModelFolder, type ModelFolder } from '../src/node.js';
import { relativeError } from './helpers/tiny.js';

/** Made by oracle/make-golden.py: transformers' own checkpoint, config.json and float64 results. */
describe.each(['post', 'pre'])('%s-norm as transformers computes it', (norm) => {
  const folder = new URL(`golden/${norm}`, import.meta.url).pathname;
  const sequences: number[][] = [];
  const hidden: number[][] = [];
  const logits: number[][] = [];
  let model: ModelFolder;
  let session: Session;

  beforeAll(async () => {
    const file = await openSafetensorsFile(`${folder}/expected.safetensors`);
    for (let i = 0; file.has(`ids.${i}`); i++) {
      sequences.push(Array.from((await file.read(`ids.${i}`)).data as Int32Array));
      hidden.push(Array.from((await file.read(`hidden.${i}`)).data as Float64Array));
      logits.push(Array.from((await file.read(`logits.${i}`)).data as Float64Array));
    }
    await file.close();
    model = await loadModelFolder(folder);
    session = await Session.create({ model, backend: createReferenceBackend() });
  });

  it('finds every tensor that transformers wrote', () => {
    expect(sequences).toHaveLength(3);
    expect(model.config.norm).toBe(norm);
    expect(model.unused).toEqual([]);
  });

  it('gives its hidden states', async () => {
    const result = await session.hiddenStates(sequences);
    sequences.forEach((_, i) => {
      const rows = result.data.subarray(result.offsets[i]! * 12, result.offsets[i + 1]! * 12);
      expect(relativeError(rows, hidden[i]!)).toBeLessThan(2e-6);
    });
  });

  it('gives its logits', async () => {
    const positions = sequences.map((ids) => ids.map((_, t) => t));
    const result = await session.maskedLogits(sequences, positions);
    expect(result).toMatchObject({ rows: 19, vocabSize: 40 });
    expect(relativeError(result.data, logits.flat())).toBeLessThan(2e-6);
  });

  it('fills masks with the softmax of its logits', async () => {
    const filled = await session.fillMask(sequences, { topK: 40, maskTokenId: 4 });
    expect(filled.map((masks) => masks.map(({ position }) => position))).toEqual([[2], [], [3, 4]]);
    const row = logits[2]!.slice(4 * 40, 5 * 40);
    const total = row.reduce((sum, value) => sum + Math.exp(value), 0);
    const expected = row
      .map((value, id) => ({ id, probability: Math.exp(value) / total }))
      .sort((a, b) => b.probability - a.probability);
    const { candidates } = filled[2]![1]!;
    expect(candidates.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
    expect(
      relativeError(
        candidates.map(({ probability }) => probability),
        expected.map(({ probability }) => probability),
      ),
    ).toBeLessThan(1e-5);
  });

  it('gives the cross-entropy of its logits', async () => {
    const losses = await session.maskedLosses(sequences, [[2, 3], [], [4]], [[5, 39], [], [0]]);
    const expected = [
      [0, 2, 5],
      [0, 3, 39],
      [2, 4, 0],
    ].map(([sequence, position, target]) => {
      const row = logits[sequence!]!.slice(position! * 40, (position! + 1) * 40);
      return Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0)) - row[target!]!;
    });
    expect(relativeError(losses, expected)).toBeLessThan(2e-6);
  });
});
