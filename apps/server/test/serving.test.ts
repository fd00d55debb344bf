import { request } from 'node:http';
import type { Session } from '@lookupffn/roberta';
import { createLog, type RunningServer, type ServeOptions, serve } from '@lookupffn/server';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { head, rawSocket, readAll } from './raw-http.js';
import { HeldSession, modelOf, tinySession } from './tiny-models.js';

let session: Session;
beforeAll(async () => {
  session = await tinySession();
});
afterAll(() => session?.dispose());

let running: RunningServer | undefined;
let lines: string[] = [];
afterEach(async () => {
  await running?.close();
  running = undefined;
  lines = [];
});

/** A server over a session that computes when the test says so. */
async function start(options: Partial<ServeOptions> = {}) {
  const inner = new HeldSession(session);
  const log = createLog({ level: 'debug', write: (line) => lines.push(line) });
  running = await serve({ models: [modelOf(inner)], port: 0, log, ...options });
  const { url } = running;
  const ask = (inputs: unknown, init: RequestInit = {}) =>
    fetch(new URL('/embed', url), { method: 'POST', body: JSON.stringify({ inputs }), ...init });
  return { inner, url, ask, server: running };
}

const until = async (condition: () => boolean | Promise<boolean>) => {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 2));
};

async function metrics(url: string): Promise<string> {
  return (await fetch(new URL('/metrics', url))).text();
}

describe('bounds', () => {
  it('a full queue answers one text and many alike: 429 with Retry-After', async () => {
    const { inner, ask } = await start({ limits: { maxQueueTokens: 30, maxBatchTokens: 10 } });
    // So many ids become two tokens more, <s> and </s>.
    const ids = (length: number) => Array<number>(length).fill(9);
    const computed = ask(ids(3));
    await inner.batch(0);
    const waiting = ask([ids(4), ids(4), ids(4)]);
    await until(async () =>
      (await metrics(running!.url)).includes('lookupffn_queue_tokens{model="fake"} 18'),
    );
    for (const inputs of [ids(11), [ids(3), ids(3), ids(3)]]) {
      const refused = await ask(inputs);
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(await refused.json()).toMatchObject({ error_type: 'overloaded', code: 'OVERLOADED' });
    }
    const fits = ask(ids(10));
    inner.open();
    for (const answer of [computed, waiting, fits]) expect((await answer).status).toBe(200);
  });

  it('too many requests at a time: 429 before the body is read', async () => {
    const { inner, ask } = await start({ limits: { maxConcurrentRequests: 1 } });
    const first = ask('a');
    const batch = await inner.batch(0);
    const refused = await ask('b');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    batch.release();
    expect((await first).status).toBe(200);
  });

  it('a request that takes too long: 503, its batch stopped, the next one answered', async () => {
    // Long enough for a busy machine to bring both requests as far as the session.
    const { inner, ask } = await start({ limits: { requestTimeout: 1500 } });
    const late = await ask('a');
    expect([late.status, (await late.json()) as { code: string }]).toEqual([
      503,
      { error: expect.stringContaining('1500 ms'), error_type: 'overloaded', code: 'DEADLINE_EXCEEDED' },
    ]);
    expect(inner.batches[0]!.signal.aborted).toBe(true);
    const next = ask('b');
    inner.open();
    expect((await next).status).toBe(200);
  });

  it('a body that does not arrive in time: 408', async () => {
    const { url } = await start({ limits: { requestTimeout: 60 } });
    for (const [start, size] of [
      ['{"inputs"', 100],
      ['9\r\n{"inputs"\r\n', 'chunked'],
    ] as const) {
      const socket = await rawSocket(url);
      socket.write(head('/embed', size) + start);
      const answer = await readAll(socket);
      expect(answer).toMatch(/^HTTP\/1\.1 408 /);
      expect(answer).toContain('REQUEST_TIMEOUT');
    }
  });

  it('a client that goes away takes its request with it', async () => {
    const { inner, url, ask } = await start({ limits: { maxBatchTokens: 16 } });
    const gone = new AbortController();
    const first = ask('the people', { signal: gone.signal }).catch(() => 'gone');
    const batch = await inner.batch(0);
    gone.abort();
    expect(await first).toBe('gone');
    await until(() => batch.signal.aborted);
    await until(() => lines.some((line) => line.includes('"status":499')));
    expect(await metrics(url)).toContain('lookupffn_queue_tokens{model="fake"} 0');
    const next = ask('b');
    (await inner.batch(1)).release();
    expect((await next).status).toBe(200);
  });
});

describe('stopping', () => {
  it('answers what is under way, takes nothing new, and closes', async () => {
    const { inner, url, ask, server } = await start();
    const underWay = ask('a');
    const batch = await inner.batch(0);
    const closed = server.close();
    await expect(fetch(new URL('/health', url), { keepalive: false })).rejects.toThrow();
    batch.release();
    const response = await underWay;
    expect([response.status, response.headers.get('connection')]).toEqual([200, 'close']);
    expect(await closed).toBe(true);
  });

  it('answers a request that comes on an open connection, /health excepted', async () => {
    const { inner, url, server } = await start();
    const socket = await rawSocket(url);
    const body = '{"inputs":"a"}';
    // The next request stands behind the first on the same connection.
    socket.write(`${head('/embed', body.length)}${body}GET /health HTTP/1.1\r\nHost: test\r\n\r\n`);
    const batch = await inner.batch(0);
    const closed = server.close();
    batch.release();
    const answer = await readAll(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(await closed).toBe(true);
  });

  it('answers a request that was on its way on an idle connection', async () => {
    const { inner, url, server } = await start();
    inner.open();
    const socket = await rawSocket(url);
    const body = '{"inputs":"a"}';
    const ask = () => socket.write(head('/embed', body.length) + body);
    ask();
    await new Promise((resolve) => socket.once('data', resolve));
    const closed = server.close();
    ask();
    const answer = await readAll(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer.toLowerCase()).toContain('connection: close');
    expect(await closed).toBe(true);
  });

  it('refuses with 503 what does not end in time', async () => {
    const { ask, inner, server } = await start({ drainTimeout: 50 });
    const underWay = ask('a');
    await inner.batch(0);
    expect(await server.close()).toBe(false);
    const response = await underWay;
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([503, 'UNHEALTHY']);
  });
});

describe('who may ask', () => {
  it('with a key: the API only who has one, health and documentation everyone', async () => {
    const { inner, url, ask } = await start({ apiKeys: ['one', 'two'] });
    expect((await ask('a')).status).toBe(401);
    for (const authorization of ['Bearer', 'Bearer three', 'Basic one', 'Bearer one2']) {
      const refused = await ask('a', { headers: { authorization } });
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    }
    expect((await fetch(new URL('/metrics', url))).status).toBe(401);
    for (const path of ['/health', '/docs', '/openapi.json', '/']) {
      expect((await fetch(new URL(path, url))).status).toBe(200);
    }
    const allowed = ask('a', { headers: { authorization: 'bearer two' } });
    (await inner.batch(0)).release();
    expect((await allowed).status).toBe(200);
  });

  it('pages of other origins: none unless they are named', async () => {
    const preflight = (url: string, origin: string) =>
      fetch(new URL('/embed', url), {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
    const off = await start();
    expect(
      (await preflight(off.url, 'https://a.example')).headers.get('access-control-allow-origin'),
    ).toBeNull();
    await off.server.close();
    const on = await start({ corsOrigins: ['https://a.example'] });
    const allow = async (origin: string) =>
      (await preflight(on.url, origin)).headers.get('access-control-allow-origin');
    expect(await allow('https://a.example')).toBe('https://a.example');
    expect(await allow('https://b.example')).toBeNull();
  });
});

describe('what operators see', () => {
  it('metrics of requests, batches, queue, process and event loop', async () => {
    const { inner, url, ask } = await start();
    const asked = ask(['a', 'b']);
    (await inner.batch(0)).release();
    await asked;
    await ask([]);
    const text = await metrics(url);
    for (const line of [
      'lookupffn_requests_total{route="/embed",method="POST",status="200"} 1',
      'lookupffn_requests_total{route="/embed",method="POST",status="400"} 1',
      'lookupffn_request_duration_seconds_count{route="/embed"} 2',
      'lookupffn_batch_sequences_sum{model="fake"} 2',
      'lookupffn_batch_tokens_count{model="fake"} 1',
      'lookupffn_queue_tokens{model="fake"} 0',
      'lookupffn_requests_active 1',
    ]) {
      expect(text).toContain(line);
    }
    expect(text).toMatch(/^lookupffn_tokens_total\{model="fake"\} [6-9]$/m);
    expect(text).toMatch(/^lookupffn_tokens_per_second\{model="fake"\} \d/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d/m);
    expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds \d/m);
  });

  it('a path that nobody serves does not become a label', async () => {
    const { url } = await start();
    await fetch(new URL('/secret/path', url));
    const text = await metrics(url);
    expect(text).toContain('lookupffn_requests_total{route="other",method="GET",status="404"} 1');
    expect(text).not.toContain('secret');
  });

  it('a line of JSON for each request, under the id that the balancer gave', async () => {
    const { url } = await start();
    const answer = await fetch(new URL('/health', url), { headers: { 'x-request-id': 'abc-1' } });
    expect(answer.headers.get('x-request-id')).toBe('abc-1');
    const other = await fetch(new URL('/health', url), { headers: { 'x-request-id': 'a b {' } });
    expect(other.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    const logged = lines.map((line) => JSON.parse(line)).filter(({ message }) => message === 'request');
    expect(logged[0]).toMatchObject({ level: 'info', id: 'abc-1', route: '/health', status: 200 });
  });
});

describe('long answers', () => {
  it('are sent piece by piece, whole and right', async () => {
    const { url, ask } = await start({ models: [modelOf(session)], limits: { maxBatchTokens: 512 } });
    const inputs = Array.from({ length: 1500 }, (_, i) => `w${i % 7}`);
    const all = (await (await ask(inputs)).json()) as number[][];
    expect(all).toHaveLength(1500);
    for (let i = 0; i < 7; i++) expect(all[i + 700]).toEqual(all[i]);
    const tokens = await fetch(new URL('/embed_all', url), {
      method: 'POST',
      body: JSON.stringify({ inputs: inputs.slice(0, 300) }),
    });
    const matrices = (await tokens.json()) as number[][][];
    expect(matrices).toHaveLength(300);
    expect(matrices[299]).toEqual(matrices[299 % 7]);
  });

  it('stop when the client does', async () => {
    const { url, server } = await start({ models: [modelOf(session)], limits: { maxBatchTokens: 4096 } });
    const inputs = JSON.stringify({ inputs: Array.from({ length: 2000 }, () => 'w w w') });
    await new Promise<void>((resolve) => {
      const asked = request(new URL('/embed', url), { method: 'POST' }, (response) => {
        response.once('data', () => {
          response.destroy();
          resolve();
        });
      });
      asked.end(inputs);
    });
    expect((await fetch(new URL('/health', url))).status).toBe(200);
    expect(await server.close()).toBe(true);
  });
});
