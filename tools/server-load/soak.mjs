// Load without a pause: memory must stay flat. `--minutes 10` for the record, 60 for an hour.
import { fire, mixedRequests } from './load.mjs';
import { miniModel, sentences } from './mini-model.mjs';
import { startServer } from './server.mjs';
import { flags, judge, median, provenance, wait } from './statistics.mjs';

const { minutes, threads, connections, ...given } = flags({
  minutes: 10,
  threads: 1,
  connections: 48,
  model: '',
});
const server = await startServer(['-m', given.model || miniModel(), '--threads', String(threads)]);
const seconds = 60 * minutes;
// Buffers reach their size and the heap its usual height in the beginning.
const warmUp = Math.min(60, seconds / 4);
const interval = Math.max(0.5, seconds / 240);

console.log(provenance());
const running = fire(server.url, { connections, requests: mixedRequests(sentences(4000)) }, seconds);
const samples = [];
const start = performance.now();
const elapsed = () => (performance.now() - start) / 1000;
let lastSaid = 0;
while (elapsed() < seconds - interval && server.isAlive()) {
  await wait(1000 * interval);
  const metrics = await server.metrics();
  const sample = {
    time: elapsed(),
    rss: metrics.get('process_resident_memory_bytes') / 2 ** 20,
    handles: metrics.get('nodejs_active_handles_total'),
    tokens: metrics.get('lookupffn_tokens_total'),
  };
  samples.push(sample);
  if (sample.time - lastSaid >= Math.min(60, seconds / 10)) {
    lastSaid = sample.time;
    console.log(
      `${sample.time.toFixed(0)} s: RSS ${sample.rss.toFixed(1)} MiB, ${sample.handles} handles, ${Math.round(sample.tokens / sample.time)} tokens/s`,
    );
  }
}
const { non2xx, errors, timeouts, '2xx': answered } = await running;
const { code, signal } = await server.stop();

const steady = samples.filter(({ time }) => time >= warmUp);
const quarter = Math.ceil(steady.length / 4);
const first = median(steady.slice(0, quarter).map(({ rss }) => rss));
const last = median(steady.slice(-quarter).map(({ rss }) => rss));
const all = steady.map(({ rss }) => rss);
const growth = last / first - 1;
console.log(
  `${answered} requests answered in ${minutes} minutes, ${warmUp.toFixed(0)} s of them left out as warm-up`,
);
console.log(
  `RSS in MiB: first quarter ${first.toFixed(1)}, last quarter ${last.toFixed(1)}, lowest ${Math.min(...all).toFixed(1)}, highest ${Math.max(...all).toFixed(1)}`,
);
judge([
  [
    'RSS flat within 5%, last quarter against first',
    Math.abs(growth) <= 0.05,
    `${(100 * growth).toFixed(1)}%`,
  ],
  [
    'no request failed',
    non2xx + errors + timeouts === 0,
    `${non2xx} refused, ${errors} errors, ${timeouts} timeouts`,
  ],
  ['the server ends by itself', code === 0, `code ${code}, signal ${signal}`],
]);
