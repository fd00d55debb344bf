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

it('hostile requests are refused, never fail, and leave the server answering', async () => {
  const count = 20 * hostileKinds.length;
  const seen = new Map<string, Set<number | undefined>>();
  for (let n = 0; n < count; n += 20) {
    const numbers = Array.from({ length: 20 }, (_, i) => n + i);
    const statuses = await Promise.all(numbers.map(send));
    for (const [i, status] of statuses.entries()) {
      const { kind } = hostileRequest(n + i);
      seen.set(kind, (seen.get(kind) ?? new Set()).add(status));
    }
  }
  expect([...seen.keys()].sort()).toEqual([...hostileKinds].sort());
  const all = [...seen.values()].flatMap((statuses) => [...statuses]);
  expect(all.filter((status) => status !== undefined && status >= 500 && status !== 503)).toEqual([]);
  expect(seen.get('bad JSON')).toContain(400);
  expect(seen.get('too large')).toContain(413);
  expect(lines.filter((line) => JSON.parse(line).level === 'error')).toEqual([]);
  const body = JSON.stringify({ inputs: ['still', 'here'] });
  const answer = await fetch(new URL('/embed', server.url), { method: 'POST', body });
  expect((await answer.json()) as number[][]).toHaveLength(2);
});
