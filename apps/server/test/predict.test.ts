import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random, referenceFactory } from '@lookupffn/core';
import { initialWeights, type RobertaConfig, type Session } from '@lookupffn/roberta';
import { saveModelFolder } from '@lookupffn/roberta/node';
import { createApp, createLog, loadServedModel, type ServedModel } from '@lookupffn/server';
import { type Tokenizer, trainWordPiece } from '@lookupffn/tokenizer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyConfig, tinyTokenizer } from './tiny-models.js';

const words = ['the people of the united states', 'a nation of laws', 'peace and commerce with the world'];
let folder: string;
const models: ServedModel[] = [];
let app: ReturnType<typeof createApp>;

/** Real, untrained classifiers, and a model that is none: a RoBERTa, a BERT with token types, one of each kind of score. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookupffn-predict-'));
  const wordPiece = await trainWordPiece(words, { vocabularySize: 100 });
  const id = (token: string) => wordPiece.tokenToId(token)!;
  const classes = { head: 'sequence-classification', labels: ['bad', 'fair', 'good'] } as const;
  const bert: Partial<RobertaConfig> = {
    family: 'bert',
    vocabSize: wordPiece.vocabularySize,
    typeVocabSize: 2,
    padTokenId: id('[PAD]'),
    bosTokenId: id('[CLS]'),
    eosTokenId: id('[SEP]'),
    maskTokenId: id('[MASK]'),
  };
  const made: [string, Tokenizer, Partial<RobertaConfig>][] = [
    ['roberta', tinyTokenizer, classes],
    ['bert', wordPiece, { ...bert, ...classes }],
    ['many', tinyTokenizer, { ...classes, problemType: 'multi_label_classification' }],
    ['value', tinyTokenizer, { ...classes, labels: ['value'], problemType: 'regression' }],
    ['masks', tinyTokenizer, { sentence: { pooling: 'cls', normalize: true } }],
  ];
  for (const [name, tokenizer, changes] of made) {
    const config = { ...tinyConfig(), ...changes };
    const weights = initialWeights(config, new Random(3));
    // Untrained heads all but say nothing; larger weights make classes that differ.
    for (const [tensor, values] of weights)
      if (tensor.startsWith('classifier')) for (let i = 0; i < values.length; i++) values[i]! *= 40;
    await saveModelFolder(join(folder, name), { config, weights, tokenizerJson: tokenizer.toJSON() });
    models.push(await loadServedModel(join(folder, name), { backend: referenceFactory }));
  }
  app = createApp({ models, log: createLog({ level: 'silent' }), limits: { maxClientBatchSize: 4 } });
});
afterAll(async () => {
  for (const model of models) await model.dispose();
  await rm(folder, { recursive: true, force: true });
});

// biome-ignore lint/suspicious/noExplicitAny: an HTTP answer has no type.
type Json = any;

async function post(path: string, body: unknown): Promise<{ status: number; body: Json }> {
  const response = await app.request(path, { method: 'POST', body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}
const predict = (model: string, body: unknown) => post(`/predict?model=${model}`, body);

/** What the library says, as label to logit. */
async function logits(name: string, text: string, pair?: string): Promise<Record<string, number>> {
  const { session, codec, config } = models.find(({ info }) => info.name === name)!;
  const { ids, typeIds } = codec.tokenizer.encode(text, { pair });
  const options = config.typeVocabSize > 1 ? { typeIds: [typeIds] } : {};
  const { data } = await (session as Session).classLogits([ids], options);
  return Object.fromEntries(config.labels.map((label, i) => [label, data[i]!]));
}

const byLabel = (list: { label: string; score: number }[]) =>
  Object.fromEntries(list.map(({ label, score }) => [label, score]));

describe('/predict', () => {
  it.each(['roberta', 'bert'])('%s: a text, a pair, and batches of both', async (name) => {
    const text = 'the people';
    const pair = 'a nation of laws';
    const raw = async (inputs: unknown) => (await predict(name, { inputs, raw_scores: true })).body;
    const one = await raw(text);
    expect(byLabel(one)).toEqual(await logits(name, text));
    expect(one.map((entry: Json) => entry.score)).toEqual(
      one.map((entry: Json) => entry.score).sort((a: number, b: number) => b - a),
    );
    expect(await raw([text])).toEqual(one);
    const two = await raw([text, pair]);
    expect(byLabel(two)).toEqual(await logits(name, text, pair));
    expect(byLabel(two)).not.toEqual(await logits(name, `${text} ${pair}`));
    expect(await raw([[text], [text, pair], [pair, text]])).toEqual([one, two, await raw([pair, text])]);
  });

  it('scores: a softmax over classes, a sigmoid of each, or the plain value', async () => {
    const sum = (list: Json[]) => list.reduce((total, { score }) => total + score, 0);
    const classes = (await predict('roberta', { inputs: 'peace' })).body;
    expect(sum(classes)).toBeCloseTo(1, 6);
    const raw = await logits('roberta', 'peace');
    const scores = byLabel(classes);
    expect(Math.log(scores.good! / scores.bad!)).toBeCloseTo(raw.good! - raw.bad!, 4);
    const many = byLabel((await predict('many', { inputs: 'peace' })).body);
    const each = await logits('many', 'peace');
    for (const label of ['bad', 'fair', 'good'])
      expect(many[label]).toBeCloseTo(1 / (1 + Math.exp(-each[label]!)), 6);
    const value = (await predict('value', { inputs: 'peace' })).body;
    expect(value).toEqual([{ label: 'value', score: (await logits('value', 'peace')).value }]);
  });

  it('cuts long pairs only when it may', async () => {
    const long = 'peace '.repeat(60);
    expect((await predict('bert', { inputs: ['the people', long] })).status).toBe(413);
    expect((await predict('bert', { inputs: ['the people', long], truncate: true })).status).toBe(200);
  });

  it.each([
    ['a number', 3, 422, /Expected a text, a pair/],
    ['three texts', ['a', 'b', 'c'], 422, /Expected a text, a pair/],
    ['a mixed array', [['a'], 'b'], 422, /Expected a text, a pair/],
    ['three texts in a batch', [['a'], ['a', 'b', 'c']], 422, /item 1 is none/],
    ['nothing', [], 400, /no input/],
    ['an empty text', [['a'], ['']], 400, /Input 1 is empty/],
    ['too many', Array(5).fill(['a']), 413, /5 inputs; at most 4/],
  ])('refuses %s', async (_, inputs, status, message) => {
    const answer = await predict('roberta', { inputs });
    expect([answer.status, answer.body.error]).toEqual([status, expect.stringMatching(message)]);
  });

  it('a model without the head is named, and so is one that fills no masks', async () => {
    const refused = await predict('masks', { inputs: 'a' });
    expect([refused.status, refused.body.code]).toEqual([424, 'NO_CLASSIFICATION_HEAD']);
    const { body } = await post('/fill-mask', { inputs: 'a <mask>' });
    expect(body.results.map((result: Json) => result.model)).toEqual(['masks']);
    const fill = await post('/fill-mask', { inputs: 'a <mask>', models: ['many'] });
    expect([fill.status, fill.body.error]).toEqual([400, expect.stringContaining("'many'")]);
  });

  it('/info names the classes, and each model pools as its folder says', async () => {
    const info = (await (await app.request('/info')).json()) as Json;
    expect(info.model_type.classifier.id2label).toEqual({ 0: 'bad', 1: 'fair', 2: 'good' });
    const [vector] = (await post('/embed?model=masks', { inputs: 'peace', normalize: false })).body;
    const [rows] = (await post('/embed_all?model=masks', { inputs: 'peace' })).body;
    expect(vector).toEqual(rows[0]);
  });
});
