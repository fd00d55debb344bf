import { LookupFfnError } from '@lookupffn/core';
import { createApp, type ServedModel } from '@lookupffn/server';
import { describe, expect, it } from 'vitest';

/** A model that answers with what it was asked, so that the API alone is under test. */
function echoModel(name: string, fail?: Error): ServedModel {
  return {
    info: { name, label: name, facts: '', parameters: 1, ffn: 'dense' },
    backend: { name: 'none', isa: 'none', threads: 1 },
    maskToken: '<mask>',
    async fillMask(text, { topK }) {
      if (fail) throw fail;
      return [
        Array.from({ length: topK }, (_, i) => ({
          score: 1 / (i + 1),
          token: i,
          token_str: text,
          sequence: text,
        })),
      ];
    },
    async dispose() {},
  };
}

/** Loose: what a client reads out of an answer is what the test asserts. */
// biome-ignore lint/suspicious/noExplicitAny: an HTTP answer has no type.
const json = (response: Response): Promise<any> => response.json();

function ask(app: ReturnType<typeof createApp>, body: unknown): Promise<Response> | Response {
  return app.request('/fill-mask', {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

describe('the API', () => {
  const logged: string[] = [];
  const app = createApp({
    models: [echoModel('a'), echoModel('b')],
    examples: ['x <mask>'],
    log: (m) => logged.push(m),
  });

  it('answers every model side by side with its latency', async () => {
    const response = await ask(app, { inputs: 'a <mask>', top_k: 2 });
    expect(response.status).toBe(200);
    const body = await json(response);
    expect(body.results.map((r: { model: string }) => r.model)).toEqual(['a', 'b']);
    for (const result of body.results) {
      expect(result.milliseconds).toBeGreaterThanOrEqual(0);
      expect(result.predictions[0]).toHaveLength(2);
    }
  });

  it('asks only the models that were named', async () => {
    const body = await json(await ask(app, { inputs: 'a <mask>', models: ['b'] }));
    expect(body.results.map((r: { model: string }) => r.model)).toEqual(['b']);
  });

  it.each([
    ['no JSON', '{', /JSON/],
    ['no text', {}, /inputs/],
    ['an empty text', { inputs: '' }, /inputs/],
    ['a wrong type', { inputs: 3 }, /inputs/],
    ['no candidates', { inputs: 'x', top_k: 0 }, /top_k/],
    ['too many candidates', { inputs: 'x', top_k: 1e9 }, /top_k/],
    ['an unknown key', { inputs: 'x', topk: 3 }, /topk/],
    ['an unknown model', { inputs: 'x', models: ['c'] }, /'c'.*a, b/],
  ])('refuses %s with 400 and says what is wrong', async (_, body, message) => {
    const response = await ask(app, body);
    expect(response.status).toBe(400);
    expect((await json(response)).error).toMatch(message);
  });

  it('refuses a body that is too large', async () => {
    expect((await ask(app, { inputs: 'x'.repeat(70_000) })).status).toBe(413);
  });

  it('tells the client about its own errors and keeps ours to the log', async () => {
    const theirs = createApp({
      models: [echoModel('a', new LookupFfnError('INVALID_ARGUMENT', 'No mask.'))],
    });
    const answer = await ask(theirs, { inputs: 'x' });
    expect([answer.status, (await json(answer)).error]).toEqual([400, 'No mask.']);

    const ours = createApp({ models: [echoModel('a', new Error('secret'))], log: (m) => logged.push(m) });
    const broken = await ask(ours, { inputs: 'x' });
    expect(broken.status).toBe(500);
    expect(JSON.stringify(await json(broken))).not.toContain('secret');
    expect(logged.join()).toContain('secret');
  });

  it('serves the page under a strict content security policy', async () => {
    const page = await app.request('/');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(await page.text()).toContain('<h1>lookupffn</h1>');
    expect((await app.request('/nowhere')).status).toBe(404);
  });
});
