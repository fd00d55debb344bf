import { LookupFfnError } from '@lookupffn/core';
import { pipeline, type Session } from '@lookupffn/roberta';
import { createApp, createLog, type ServedModel } from '@lookupffn/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelOf, tinyModels } from './tiny-models.js';

const log = createLog({ level: 'silent' });
let tiny: Awaited<ReturnType<typeof tinyModels>>;
let app: ReturnType<typeof createApp>;
beforeAll(async () => {
  tiny = await tinyModels();
  app = createApp({
    models: tiny.models,
    examples: ['x <mask>'],
    log,
    limits: { maxClientBatchSize: 8, maxBatchTokens: 50 },
  });
});
afterAll(() => tiny?.dispose());

/** Loose: what a client reads out of an answer is what the test asserts. */
// biome-ignore lint/suspicious/noExplicitAny: an HTTP answer has no type.
type Json = any;

async function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await app.request(path, { method: 'POST', body: text as string, headers });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Json };
}

async function features(model: ServedModel, text: string, normalize = true): Promise<number[]> {
  const session = model.session as Session;
  const extract = await pipeline('feature-extraction', { session, tokenizer: model.codec.tokenizer });
  return Array.from((await extract(text, { pooling: 'mean', normalize })).data);
}

describe('text-embeddings-inference routes', () => {
  it('/embed gives one vector a text, the mean over its tokens, of length 1', async () => {
    const { status, body } = await post('/embed', { inputs: 'the people' });
    expect(status).toBe(200);
    expect(body).toEqual([await features(tiny.models[0]!, 'the people')]);
    expect(body[0].reduce((sum: number, x: number) => sum + x * x, 0)).toBeCloseTo(1, 5);
  });

  it('/embed gives arrays in order, the same to the bit as one by one', async () => {
    const texts = ['a nation', 'of laws', 'peace and commerce with the world', 'x'];
    const { body } = await post('/embed', { inputs: texts, normalize: false });
    expect(body).toEqual(await Promise.all(texts.map((text) => features(tiny.models[0]!, text, false))));
  });

  it('/embed takes token ids, with or without <s> and </s>', async () => {
    const ids = tiny.models[0]!.codec.encode('of laws');
    const { body } = await post('/embed', { inputs: [ids, ids.slice(1, -1), 'of laws'] });
    expect(body[0]).toEqual(body[2]);
    expect(body[1]).toEqual(body[2]);
    expect((await post('/embed', { inputs: ids })).body).toEqual([body[2]]);
  });

  it('/embed gives the first numbers only, of length 1 again', async () => {
    const whole = (await post('/embed', { inputs: 'of laws', normalize: false })).body[0];
    const { body } = await post('/embed', { inputs: 'of laws', dimensions: 4 });
    expect(body[0]).toHaveLength(4);
    expect(body[0][1] / body[0][0]).toBeCloseTo(whole[1] / whole[0], 4);
    expect((await post('/embed', { inputs: 'x', dimensions: 17 })).body.error).toMatch(/17.*16/);
  });

  it('refuses texts that are too long unless they may be cut, on either side', async () => {
    const inputs = Array.from({ length: 100 }, (_, i) => `w${i}`).join(' ');
    const refused = await post('/embed', { inputs });
    expect(refused.status).toBe(413);
    expect(refused.body).toMatchObject({ error_type: 'validation', code: 'INPUT_TOO_LONG' });
    const { codec } = tiny.models[0]!;
    expect(codec.encode(inputs, 'right')).toHaveLength(64);
    const right = await post('/embed', { inputs, truncate: true });
    const left = await post('/embed', { inputs, truncate: true, truncation_direction: 'Left' });
    expect(right.body).toEqual((await post('/embed', { inputs: codec.encode(inputs, 'right') })).body);
    expect(left.body).toEqual((await post('/embed', { inputs: codec.encode(inputs, 'left') })).body);
    expect(left.body).not.toEqual(right.body);
    expect((await post('/embed', { inputs: 'x'.repeat(10_000), truncate: true })).status).toBe(413);
  });

  it('/embed_all gives a vector a token; small and large answers alike', async () => {
    const { body } = await post('/embed_all', { inputs: ['the people', 'a'] });
    expect(body.map((rows: Json) => rows.length)).toEqual(
      ['the people', 'a'].map((text) => tiny.models[0]!.codec.encode(text).length),
    );
    expect(body[0][0]).toHaveLength(16);
    const tooMuch = await post('/embed_all', { inputs: Array(8).fill('w '.repeat(28)) });
    expect(tooMuch.body.code).toBe('INPUT_TOO_LONG');
  });

  it('/similarity compares sentences with a source', async () => {
    const { body } = await post('/similarity', {
      inputs: { source_sentence: 'a nation', sentences: ['a nation', 'peace'] },
      parameters: { truncate: true },
    });
    expect(body).toHaveLength(2);
    expect(body[0]).toBeCloseTo(1, 5);
    expect(body[1]).toBeLessThan(1);
  });

  it('/tokenize places tokens by code points, /decode brings them back', async () => {
    const text = '🙂 the people';
    const { body } = await post('/tokenize', { inputs: [text] });
    const [tokens] = body;
    expect(tokens[0]).toEqual({ id: 0, text: '<s>', special: true, start: null, stop: null });
    const last = tokens.at(-2);
    expect(last).toMatchObject({ special: false, stop: 12 });
    expect(Array.from(text).slice(last.start, last.stop).join('')).toBe(last.text);
    const bare = await post('/tokenize', { inputs: text, add_special_tokens: false });
    expect(bare.body[0]).toEqual(tokens.slice(1, -1));
    const ids = tokens.map((token: Json) => token.id);
    expect((await post('/decode', { ids })).body).toEqual([text]);
    expect((await post('/decode', { ids: [ids, [ids[1]]], skip_special_tokens: false })).body[0]).toBe(
      `<s>${text}</s>`,
    );
  });

  it('asks the model that the URL or a header names', async () => {
    const byHeader = await post('/embed', { inputs: 'a' }, { 'x-model': 'lookup' });
    expect((await post('/embed?model=lookup', { inputs: 'a' })).body).toEqual(byHeader.body);
    expect((await post('/embed?model=dense', { inputs: 'a' })).body).not.toEqual(byHeader.body);
    const unknown = await post('/embed?model=none', { inputs: 'a' });
    expect(unknown.status).toBe(404);
    expect(unknown.body.error).toMatch(/'none'.*dense, lookup/);
  });

  it('/health and /info say what the server is', async () => {
    expect(await (await app.request('/health')).json()).toEqual({ status: 'ok' });
    expect(await (await app.request('/info')).json()).toMatchObject({
      model_id: 'dense',
      model_type: { embedding: { pooling: 'mean' } },
      max_input_length: 64,
      max_client_batch_size: 8,
      auto_truncate: false,
      models: [{ name: 'dense' }, { name: 'lookup' }],
      mask_token: '<mask>',
      examples: ['x <mask>'],
      backend: { name: 'reference' },
    });
  });
});

describe('refusals', () => {
  it.each([
    ['no JSON', '/embed', '{', 400, /not JSON/],
    ['no body', '/embed', '', 400, /not JSON/],
    ['no UTF-8', '/embed', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]), 400, /not UTF-8/],
    ['no object', '/embed', '3', 422, /body/],
    ['no inputs', '/embed', {}, 422, /inputs/],
    ['a number', '/embed', { inputs: 3 }, 422, /inputs: .*number/],
    ['a mixed array', '/embed', { inputs: ['a', 3] }, 422, /inputs: Item 1 is a number/],
    ['a negative id', '/embed', { inputs: [[1, -2]] }, 422, /Item 0/],
    ['an id outside the vocabulary', '/embed', { inputs: [[1e6]] }, 422, /vocabulary/],
    ['nothing', '/embed', { inputs: [] }, 400, /no input/],
    ['an empty text', '/embed', { inputs: ['a', ''] }, 400, /Input 1 is empty/],
    ['too many texts', '/embed', { inputs: Array(9).fill('a') }, 413, /9 inputs; at most 8/],
    ['a wrong flag', '/embed', { inputs: 'a', normalize: 'yes' }, 422, /normalize/],
    ['a prompt', '/embed', { inputs: 'a', prompt_name: 'query' }, 422, /prompt_name/],
    ['a wrong direction', '/embed', { inputs: 'a', truncation_direction: 'up' }, 422, /truncation_direction/],
    ['no sentences', '/similarity', { inputs: { source_sentence: 'a', sentences: [] } }, 400, /sentences/],
    ['ids to tokenize', '/tokenize', { inputs: [[1]] }, 422, /inputs/],
    ['texts to decode', '/decode', { ids: ['a'] }, 422, /ids/],
    ['no mask', '/fill-mask', { inputs: 'no mask' }, 400, /mask/],
    ['an empty text to fill', '/fill-mask', { inputs: '' }, 400, /inputs/],
    ['no candidates', '/fill-mask', { inputs: '<mask>', top_k: 0 }, 400, /top_k/],
    ['too many candidates', '/fill-mask', { inputs: '<mask>', top_k: 1e9 }, 400, /top_k/],
    ['too many masks', '/fill-mask', { inputs: '<mask>'.repeat(60), top_k: 100 }, 400, /top_k/],
    ['an unknown key', '/fill-mask', { inputs: '<mask>', topk: 3 }, 400, /topk/],
    ['a text too long to fill', '/fill-mask', { inputs: `<mask> ${'peace '.repeat(300)}` }, 400, /tokens/],
  ])('%s to %s', async (_, path, body, status, message) => {
    const answer = await post(path as string, body);
    expect(answer.status).toBe(status);
    expect(answer.body.error).toMatch(message as RegExp);
    expect(answer.body).toMatchObject({ error_type: expect.any(String), code: expect.any(String) });
  });

  it('an unknown model to fill with, naming those that are there', async () => {
    const { status, body } = await post('/fill-mask', { inputs: '<mask>', models: ['c'] });
    expect([status, body.error]).toEqual([404, expect.stringMatching(/'c'.*dense, lookup/)]);
  });

  it('a body that is too large, whether or not it says so', async () => {
    const large = JSON.stringify({ inputs: 'x'.repeat(2_000_001) });
    const stated = await post('/embed', large, { 'content-length': String(large.length) });
    expect([stated.status, stated.body.code]).toEqual([413, 'TOO_LARGE']);
    const streamed = await post('/embed', large);
    expect([streamed.status, streamed.body.code]).toEqual([413, 'TOO_LARGE']);
  });

  it("an unknown route, in the shape of its kind's errors", async () => {
    const tei = await app.request('/nowhere');
    expect([tei.status, await tei.json()]).toEqual([
      404,
      { error: expect.stringContaining('/nowhere'), error_type: 'validation', code: 'NOT_FOUND' },
    ]);
    const openai = await app.request('/v1/nowhere');
    expect(await openai.json()).toMatchObject({
      error: { code: 'not_found', type: 'invalid_request_error' },
    });
  });

  it("tells the client about its own errors and keeps the server's to the log", async () => {
    const lines: string[] = [];
    const fail = async () => {
      throw new Error('secret');
    };
    const broken = createApp({
      models: [modelOf({ hiddenStates: fail, fillMask: fail, classLogits: fail })],
      log: createLog({ write: (line) => lines.push(line) }),
    });
    const response = await broken.request('/embed', { method: 'POST', body: '{"inputs":"a"}' });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect(lines.join('\n')).toContain('secret');
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ time: expect.any(String) });
  });

  it('says it is unhealthy once a model has died', async () => {
    const die = async () => {
      throw new LookupFfnError('SESSION_FAILED', 'The worker ended.');
    };
    const dying = createApp({
      models: [modelOf({ hiddenStates: die, fillMask: die, classLogits: die })],
      log,
    });
    expect((await dying.request('/health')).status).toBe(200);
    expect((await dying.request('/embed', { method: 'POST', body: '{"inputs":"a"}' })).status).toBe(503);
    const health = await dying.request('/health');
    expect([health.status, await health.json()]).toEqual([
      503,
      { error: 'The worker ended.', error_type: 'unhealthy', code: 'UNHEALTHY' },
    ]);
  });
});

describe('OpenAI routes', () => {
  it('/v1/embeddings refuses in the shape that its clients read', async () => {
    const { status, body } = await post('/v1/embeddings', { input: [] });
    expect(status).toBe(400);
    expect(body.error).toEqual({
      message: 'There is no input.',
      type: 'invalid_request_error',
      param: null,
      code: 'empty_input',
    });
  });
});

describe('/fill-mask', () => {
  it('answers every model side by side with its latency', async () => {
    const { body } = await post('/fill-mask', { inputs: 'the <mask> of <mask>', top_k: 2 });
    expect(body.results.map((result: Json) => result.model)).toEqual(['dense', 'lookup']);
    for (const result of body.results) {
      expect(result.milliseconds).toBeGreaterThanOrEqual(0);
      expect(result.predictions.map((list: Json) => list.length)).toEqual([2, 2]);
      expect(Object.keys(result.predictions[0][0])).toEqual(['score', 'token', 'token_str', 'sequence']);
    }
  });

  it('gives what the pipeline gives', async () => {
    const { session, codec } = tiny.models[1]!;
    const fill = await pipeline('fill-mask', { session: session as Session, tokenizer: codec.tokenizer });
    const { body } = await post('/fill-mask', { inputs: 'a <mask> of laws', models: ['lookup'], top_k: 3 });
    expect(body.results).toHaveLength(1);
    expect(body.results[0].predictions).toEqual([await fill('a <mask> of laws', { top_k: 3 })]);
  });
});

describe('documentation', () => {
  it('/openapi.json describes every route from the schemas that validate', async () => {
    const document = (await (await app.request('/openapi.json')).json()) as Json;
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).sort()).toEqual(
      [
        '/',
        '/decode',
        '/embed',
        '/embed_all',
        '/fill-mask',
        '/health',
        '/info',
        '/metrics',
        '/predict',
        '/similarity',
        '/tokenize',
        '/v1/embeddings',
        '/v1/models',
        '/v1/models/{model}',
      ].sort(),
    );
    const { requestBody, responses } = document.paths['/embed'].post;
    const { schema } = requestBody.content['application/json'];
    expect(schema.required).toEqual(['inputs']);
    expect(schema.properties.inputs.anyOf).toHaveLength(3);
    expect(schema.properties.normalize).toMatchObject({ default: true });
    expect(Object.keys(responses)).toEqual(
      expect.arrayContaining(['200', '413', '422', '424', '429', '503']),
    );
    expect(JSON.stringify(document)).not.toMatch(/"type":"unknown"|"jsonSchema"/);
  });

  it('/docs shows them as a page that needs no script and nothing from elsewhere', async () => {
    const response = await app.request('/docs');
    const html = await response.text();
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
    for (const path of ['/embed', '/v1/embeddings', '/fill-mask'])
      expect(html).toContain(`<code>${path}</code>`);
    expect(html).not.toMatch(/<script|https?:\/\//);
    const style = await app.request('/docs/style.css');
    expect(style.headers.get('content-type')).toContain('text/css');
  });

  it('serves the page under a strict content security policy', async () => {
    const page = await app.request('/');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(await page.text()).toContain('<script type="module"');
  });
});
