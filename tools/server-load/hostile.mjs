// Thousands of requests that no client should send: never a 5xx but 503, no leak, no crash.
import { connect } from 'node:net';
import { hostileKinds, hostileRequest } from './hostile-requests.mjs';
import { miniModel } from './mini-model.mjs';
import { startServer } from './server.mjs';
import { flags, judge, median, provenance, wait } from './statistics.mjs';

const { count, connections, threads, ...given } = flags({
  count: 10_000,
  connections: 50,
  threads: 1,
  model: '',
});
const folder = given.model || miniModel();
// Slow bodies are given up sooner than a user's server would, or this would take hours.
const server = await startServer(['-m', folder, '--threads', String(threads), '--request-timeout', '5000']);

/** Sends one; resolves with the answer's status, `none` when the connection ended without, `left` when we left. */
function send(n) {
  const { kind, bytes, leaves } = hostileRequest(n);
  return new Promise((resolve) => {
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    let text = '';
    let left = false;
    socket.setEncoding('latin1').on('data', (more) => {
      if (text.length < 64) text += more;
    });
    socket.on('error', () => {});
    socket.once('close', () => {
      const status = /^HTTP\/1\.1 (?!100)(\d{3}) /m.exec(text)?.[1];
      resolve({ kind, status: left ? 'left' : (status ?? 'none') });
    });
    socket.once('connect', () => {
      socket.write(bytes);
      if (!leaves) return;
      setTimeout(() => {
        left = true;
        socket.destroy();
      }, n % 30);
    });
  });
}

/** Memory in MiB once the requests under way have ended. */
async function memoryWhenIdle() {
  for (;;) {
    await wait(1000);
    const metrics = await server.metrics();
    const mebibytes = (name) => metrics.get(name) / 2 ** 20;
    const idle = metrics.get('lookupffn_queue_tokens') === 0 && metrics.get('lookupffn_requests_active') <= 1;
    if (!idle) continue;
    const rss = mebibytes('process_resident_memory_bytes');
    const heap = mebibytes('nodejs_heap_size_used_bytes');
    const external = mebibytes('nodejs_external_memory_bytes');
    console.log(
      `after ${next}: RSS ${rss.toFixed(1)} MiB, heap ${heap.toFixed(1)}, outside it ${external.toFixed(1)}, ${metrics.get('nodejs_active_handles_total')} handles`,
    );
    return rss;
  }
}

console.log(provenance());
const seen = new Map(hostileKinds.map((kind) => [kind, new Map()]));
let next = 0;
const sendUntil = async (end) => {
  while (next < end && server.isAlive()) {
    const { kind, status } = await send(next++);
    const statuses = seen.get(kind);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
};
const start = performance.now();
const parts = 10;
const memory = [];
for (let part = 1; part <= parts; part++) {
  const end = Math.round((count * part) / parts);
  await Promise.all(Array.from({ length: connections }, () => sendUntil(end)));
  memory.push(await memoryWhenIdle());
}
const took = (performance.now() - start) / 1000;
const answer = await fetch(new URL('/embed', server.url), {
  method: 'POST',
  body: '{"inputs":"still here"}',
});
const { code, signal } = await server.stop();

for (const [kind, statuses] of seen) {
  const parts = [...statuses].sort(([a], [b]) => (a < b ? -1 : 1)).map(([status, n]) => `${status}: ${n}`);
  console.log(`${kind.padEnd(14)} ${parts.join(', ')}`);
}
// The first part is left out: buffers reach their size in it.
const growth = median(memory.slice(parts / 2)) / median(memory.slice(1, parts / 2)) - 1;
const failures = [...seen.values()]
  .flatMap((statuses) => [...statuses])
  .filter(([status]) => /^5/.test(status) && status !== '503')
  .reduce((sum, [, n]) => sum + n, 0);
console.log(`${next} requests in ${took.toFixed(0)} s, ${connections} at a time`);
judge([
  ['no 5xx but 503', failures === 0, String(failures)],
  ['no crash', next >= count && answer.status === 200, `${next} sent, then a good one: ${answer.status}`],
  ['no leak: RSS of the second half within 5% of the first', growth <= 0.05, `${(100 * growth).toFixed(1)}%`],
  ['the server ends by itself', code === 0, `code ${code}, signal ${signal}`],
]);
