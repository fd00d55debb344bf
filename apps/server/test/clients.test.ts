import { InferenceClient } from '@huggingface/inference';
import { createLog, type RunningServer, serve } from '@lookupffn/server';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyModels } from './tiny-models.js';

let tiny: Awaited<ReturnType<typeof tinyModels>>;
let server: RunningServer;
beforeAll(async () => {
  tiny = await tinyModels();
  const log = createLog({ level: 'silent' });
  server = await serve({ models: tiny.models, port: 0, log, apiKeys: ['sk-other', 'sk-test'] });
});
afterAll(async () => {
  await server?.close();
  await tiny?.dispose();
});

const openai = (apiKey = 'sk-test') =>
  new OpenAI({ apiKey, baseURL: `${server.url}v1`, maxRetries: 0 }).embeddings;
const texts = ['the people of the United States', 'a nation of laws'];

describe('the openai client, unmodified', () => {
  it('embeds, by base64 unless told otherwise, the same numbers either way', async () => {
    const asked = await openai().create({ model: 'lookup', input: texts });
    const floats = await openai().create({ model: 'lookup', input: texts, encoding_format: 'float' });
    expect(asked.object).toBe('list');
    expect(asked.model).toBe('lookup');
    expect(asked.data.map(({ index }) => index)).toEqual([0, 1]);
    for (const [i, { embedding }] of asked.data.entries()) {
      expect(Array.from(embedding)).toEqual(floats.data[i]!.embedding);
      expect(embedding).toHaveLength(16);
    }
    const { codec } = tiny.models[1]!;
    const tokens = texts.reduce((sum, text) => sum + codec.encode(text).length, 0);
    expect(asked.usage).toEqual({ prompt_tokens: tokens, total_tokens: tokens });
  });

  it('gets base64 as text when it asks for it', async () => {
    const { data } = await openai().create({ model: 'lookup', input: texts[0]!, encoding_format: 'base64' });
    const bytes = Buffer.from(data[0]!.embedding as unknown as string, 'base64');
    const floats = await openai().create({ model: 'lookup', input: texts[0]!, encoding_format: 'float' });
    expect(Array.from({ length: 16 }, (_, i) => bytes.readFloatLE(4 * i))).toEqual(floats.data[0]!.embedding);
  });

  it('embeds token arrays, and fewer dimensions', async () => {
    const ids = texts.map((text) => tiny.models[1]!.codec.encode(text));
    const byIds = await openai().create({ model: 'lookup', input: ids });
    const byText = await openai().create({ model: 'lookup', input: texts });
    expect(byIds.data).toEqual(byText.data);
    const one = await openai().create({ model: 'lookup', input: ids[0]!, dimensions: 5 });
    expect(one.data[0]!.embedding).toHaveLength(5);
  });

  it('lists and finds models', async () => {
    const { models } = new OpenAI({ apiKey: 'sk-test', baseURL: `${server.url}v1` });
    const { data } = await models.list();
    expect(data.map(({ id }) => id)).toEqual(['dense', 'lookup']);
    expect(await models.retrieve('lookup')).toMatchObject({ id: 'lookup', object: 'model' });
  });

  it('throws the errors that its users know', async () => {
    await expect(openai('sk-wrong').create({ model: 'lookup', input: 'a' })).rejects.toBeInstanceOf(
      OpenAI.AuthenticationError,
    );
    await expect(openai().create({ model: 'gpt', input: 'a' })).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
      message: expect.stringContaining('dense, lookup'),
    });
    await expect(openai().create({ model: 'lookup', input: 'a', dimensions: 99 })).rejects.toBeInstanceOf(
      OpenAI.BadRequestError,
    );
  });
});

describe('the client of Hugging Face, unmodified', () => {
  it.each(['', 'embed'])('extracts features from /%s', async (path) => {
    const client = new InferenceClient('sk-test', { endpointUrl: server.url + path });
    const found = (await client.featureExtraction({ inputs: texts })) as number[][];
    expect(found.map((vector) => vector.length)).toEqual([16, 16]);
  });

  it('compares sentences', async () => {
    const client = new InferenceClient('sk-test', { endpointUrl: `${server.url}similarity` });
    const [same, other] = await client.sentenceSimilarity({
      inputs: { source_sentence: texts[0]!, sentences: texts },
    });
    expect(same).toBeCloseTo(1, 5);
    expect(other).toBeLessThan(1);
  });
});
