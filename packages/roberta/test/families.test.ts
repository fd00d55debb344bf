import { createReferenceBackend } from '@lookupffn/core';
import { openSafetensorsFile } from '@lookupffn/core/node';
import { describe, expect, it } from 'vitest';
import { Session } from '../src/index.js';
import { loadModelFolder } from '../src/node.js';
import { relativeError } from './helpers/tiny.js';

/** Made by oracle/make-golden.py: checkpoints of transformers' own classes and their float64 results. */
async function golden(name: string) {
  const folder = new URL(`golden/${name}`, import.meta.url).pathname;
  const file = await openSafetensorsFile(`${folder}/expected.safetensors`);
  const ids: number[][] = [];
  const typeIds: number[][] = [];
  const hidden: number[] = [];
  const logits: number[] = [];
  const numbers = async (key: string) => Array.from((await file.read(key)).data as Float64Array);
  for (let i = 0; file.has(`ids.${i}`); i++) {
    ids.push(await numbers(`ids.${i}`));
    typeIds.push(await numbers(`types.${i}`));
    hidden.push(...(await numbers(`hidden.${i}`)));
    if (file.has(`logits.${i}`)) logits.push(...(await numbers(`logits.${i}`)));
  }
  await file.close();
  const model = await loadModelFolder(folder);
  const session = await Session.create({ model, backend: createReferenceBackend() });
  return { model, session, ids, typeIds, hidden, logits };
}

describe('checkpoints of transformers', () => {
  it.each([
    ['bert', 'bert', 'masked-lm', []],
    // The pooler, which the last hidden states do not need.
    ['bert-encoder', 'bert', 'none', ['pooler.dense.bias', 'pooler.dense.weight']],
    ['bert-classes', 'bert', 'sequence-classification', []],
    ['roberta-classes', 'roberta', 'sequence-classification', []],
    ['xlm-roberta', 'xlm-roberta', 'masked-lm', []],
  ])('%s: hidden states and the head', async (name, family, head, unused) => {
    const { model, session, ids, typeIds, hidden, logits } = await golden(name);
    expect(model.config).toMatchObject({ family, head });
    expect([...model.unused].sort()).toEqual(unused);
    const states = await session.hiddenStates(ids, { typeIds });
    expect(relativeError(states.data, hidden)).toBeLessThan(5e-6);
    if (head === 'masked-lm') {
      const positions = ids.map((sequence) => sequence.map((_, t) => t));
      const found = await session.maskedLogits(ids, positions, { typeIds });
      expect(relativeError(found.data, logits)).toBeLessThan(5e-6);
    }
    if (head === 'sequence-classification') {
      const found = await session.classLogits(ids, { typeIds });
      expect(model.config.labels).toEqual(['bad', 'fair', 'good']);
      expect(relativeError(found.data, logits)).toBeLessThan(5e-6);
      const alone = await session.classLogits([ids[2]!], { typeIds: [typeIds[2]!] });
      expect(alone.data).toEqual(found.data.subarray(6, 9));
    } else {
      await expect(session.classLogits(ids)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    await session.dispose();
  });

  it("reads BERT's pooler where fine-tuning asks for it", async () => {
    const names = ['bert.pooler.dense.weight', 'bert.pooler.dense.bias'];
    const of = async (name: string, options = {}) =>
      loadModelFolder(new URL(`golden/${name}`, import.meta.url).pathname, options);
    const encoder = await of('bert-encoder', { pooler: true });
    expect(encoder.unused).toEqual([]);
    expect([...encoder.weights.keys()].slice(-2)).toEqual(names);
    expect(encoder.weights.get(names[0]!)!.some((value) => value !== 0)).toBe(true);
    expect((await of('bert-encoder')).weights.has(names[0]!)).toBe(false);
    // It has none, and is a model without.
    expect((await of('bert', { pooler: true })).weights.has(names[0]!)).toBe(false);
    expect((await of('bert-classes', { pooler: true })).weights).toEqual((await of('bert-classes')).weights);
  });

  it('token types matter and are checked', async () => {
    const { session, ids, typeIds } = await golden('bert');
    const plain = await session.hiddenStates(ids);
    const typed = await session.hiddenStates(ids, { typeIds });
    expect(plain.data).not.toEqual(typed.data);
    await expect(session.hiddenStates(ids, { typeIds: [[0]] })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    const bad = ids.map((sequence) => sequence.map(() => 2));
    await expect(session.hiddenStates(ids, { typeIds: bad })).rejects.toMatchObject({
      code: 'INDEX_OUT_OF_RANGE',
    });
    await session.dispose();
  });
});
