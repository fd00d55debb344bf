import { createLog, type RunningServer, serve } from '@lookupffn/server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { rawSocket, readAll } from './raw-http.js';
import { tinyModels } from './tiny-models.js';

interface Hostile {
  readonly hostileKinds: readonly string[];
  hostileRequest(n: number): {
    readonly kind: string;
    readonly bytes: Uint8Array;
    readonly leaves: boolean;
  };
}

// By a path that TypeScript does not follow: tools are plain JavaScript.
const place = new URL('../../../tools/server-load/hostile-requests.mjs', import.meta.url).href;
const { hostileKinds, hostileRequest } = (await import(place)) as Hostile;

let tiny: Awaited<ReturnType<typeof tinyModels>>;
let server: RunningServer;
const lines: string[] = [];
beforeAll(async () => {
  tiny = await tinyModels();
  const log = createLog({ write: (line) => lines.push(line) });
  server = await serve({ models: tiny.models, port: 0, log, limits: { requestTimeout: 2000 } });
});
afterAll(async () => {
  await server?.close();
  await tiny?.dispose();
});

/** The status of the answer, or undefined when there was none. */
async function send(n: number): Promise<number | undefined> {
  const { bytes, leaves } = hostileRequest(n);
  const socket = await rawSocket(server.url);
  socket.write(bytes);
  if (leaves) {
    setTimeout(() => socket.destroy(), n % 30);
    return undefined;
  }
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(await readAll(socket))?.[1];
  return status === undefined ? undefined : Number(status);
}

/** Asks as a well-behaved client does: comes back when told to. */
async function embedPatiently(inputs: string[]): Promise<unknown> {
  for (;;) {
    const answer = await fetch(new URL('/embed', server.url), {
      method: 'POST',
      body: JSON.stringify({ inputs }),
    });
    // What is left of the hostile requests may still be waiting in the queue.
    if (answer.status !== 429 && answer.status !== 503) return answer.json();
    await answer.body?.cancel();
    await new Promise((resolve) => setTimeout(resolve, 1000 * Number(answer.headers.get('retry-after'))));
  }
}

it('hostile requests are refused, never fail, and leave the server answering', async () => {
  const count = 20 * hostileKinds.length;
  const seen = new Map<string, Set<number | undefined>>();
  const unanswered: string[] = [];
  for (let n = 0; n < count; n += 20) {
    const numbers = Array.from({ length: 20 }, (_, i) => n + i);
    const statuses = await Promise.all(numbers.map(send));
    for (const [i, status] of statuses.entries()) {
      const { kind, leaves } = hostileRequest(n + i);
      seen.set(kind, (seen.get(kind) ?? new Set()).add(status));
      if (status === undefined && !leaves) unanswered.push(kind);
    }
  }
  expect([...seen.keys()].sort()).toEqual([...hostileKinds].sort());
  const all = [...seen.values()].flatMap((statuses) => [...statuses]);
  expect(all.filter((status) => status !== undefined && status >= 500 && status !== 503)).toEqual([]);
  expect(seen.get('bad JSON')).toContain(400);
  expect([...seen.get('too large')!].filter((status) => status !== undefined)).toEqual([413]);
  // Of what is no HTTP Node closes the connection, and a reset may overtake its answer.
  expect(unanswered.filter((kind) => kind !== 'broken HTTP')).toEqual([]);
  expect(lines.filter((line) => JSON.parse(line).level === 'error')).toEqual([]);
  expect(await embedPatiently(['still', 'here'])).toHaveLength(2);
});
