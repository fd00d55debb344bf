// The server beside the bare session in one run, in turns: tokens a second, and how long the event loop is held up.
import '@lookupffn/auto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Session } from '@lookupffn/roberta';
import { loadModelFolder } from '@lookupffn/roberta/node';
import { Tokenizer } from '@lookupffn/tokenizer';
import { fire, loads } from './load.mjs';
import { miniModel, sentences } from './mini-model.mjs';
import { startServer } from './server.mjs';
import { flags, judge, median, provenance, wait } from './statistics.mjs';

const { threads, rounds, seconds, ...given } = flags({ threads: 1, rounds: 5, seconds: 6, model: '' });
const folder = given.model || miniModel();
const batchTokens = 4096;
/** Node looks at the clock every so many milliseconds and counts them too: an idle event loop shows 10 ms. */
const lookEvery = 10;

const texts = sentences(4000);
const tokenizer = Tokenizer.parse(readFileSync(path.join(folder, 'tokenizer.json')));
const { config, weights } = await loadModelFolder(folder);
const longest = config.maxPositionEmbeddings - 2;
const batches = pack(texts.map((text) => Array.from(tokenizer.encode(text).ids).slice(0, longest)));
const session = await Session.create({ model: { config, weights }, threads });
const server = await startServer(['-m', folder, '--threads', String(threads)]);

/** Sequences in batches as full as the server makes them. */
function pack(sequences) {
  const packed = [[]];
  let tokens = 0;
  for (const sequence of sequences) {
    if (tokens + sequence.length > batchTokens) {
      packed.push([]);
      tokens = 0;
    }
    packed.at(-1).push(sequence);
    tokens += sequence.length;
  }
  return packed;
}

/** Tokens a second of the session alone, two batches under way so that it never waits for us. */
async function bare() {
  let tokens = 0;
  const start = performance.now();
  const end = start + 1000 * seconds;
  let next = 0;
  const feed = async () => {
    while (performance.now() < end) {
      const batch = batches[next++ % batches.length];
      await session.hiddenStates(batch);
      tokens += batch.reduce((sum, { length }) => sum + length, 0);
    }
  };
  await Promise.all([feed(), feed()]);
  return tokens / ((performance.now() - start) / 1000);
}

/** Tokens a second of the server by its own count, between two looks while the load goes on. */
async function served(load) {
  const running = fire(server.url, load(texts), seconds + 2);
  await wait(1000);
  // Looking starts the event loop's statistics again.
  const before = await server.metrics();
  await wait(1000 * seconds);
  const after = await server.metrics();
  const { latency, non2xx, errors, timeouts } = await running;
  const batches = after.get('lookupffn_batch_tokens_count') - before.get('lookupffn_batch_tokens_count');
  const tokens = after.get('lookupffn_tokens_total') - before.get('lookupffn_tokens_total');
  return {
    rate: tokens / ((after.time - before.time) / 1000),
    batchTokens: tokens / batches,
    // What Node says, for the record, and how late it was.
    counted: 1000 * after.get('nodejs_eventloop_lag_p99_seconds'),
    delay: 1000 * after.get('nodejs_eventloop_lag_p99_seconds') - lookEvery,
    longestDelay: 1000 * after.get('nodejs_eventloop_lag_max_seconds') - lookEvery,
    latency,
    failed: non2xx + errors + timeouts,
  };
}

console.log(provenance());
console.log(
  `${session.info.backend} ${session.info.isa}, threads ${threads}, batches of ${batchTokens} tokens`,
);
await bare();
const results = new Map(Object.keys(loads).map((name) => [name, []]));
const alone = [];
for (let round = 0; round < rounds; round++) {
  alone.push(await bare());
  for (const [name, load] of Object.entries(loads)) results.get(name).push(await served(load));
}
await session.dispose();
const { code } = await server.stop();

const base = median(alone);
console.log(`bare session: ${Math.round(base)} tokens/s (${alone.map(Math.round).join(', ')})`);
const bars = [];
for (const [name, runs] of results) {
  const of = (read) => median(runs.map(read));
  const ratios = runs.map(({ rate }, round) => rate / alone[round]);
  const ratio = median(ratios);
  const delay = Math.max(...runs.map((run) => run.delay));
  const failed = runs.reduce((sum, run) => sum + run.failed, 0);
  console.log(
    `${name}: ${Math.round(of((run) => run.rate))} tokens/s, ${ratio.toFixed(3)} of the bare session (${ratios.map((value) => value.toFixed(3)).join(', ')});`,
    `batches of ${Math.round(of((run) => run.batchTokens))} tokens;`,
    `latency p50 ${of((run) => run.latency.p50)} ms, p99 ${of((run) => run.latency.p99)} ms;`,
    `event-loop delay p99 ${of((run) => run.delay).toFixed(1)} ms (${of((run) => run.counted).toFixed(1)} as Node counts it), longest ${of((run) => run.longestDelay).toFixed(1)} ms;`,
    `${failed} failed`,
  );
  bars.push([`${name}: throughput within 10% of the bare session`, ratio >= 0.9, ratio.toFixed(3)]);
  bars.push([`${name}: event-loop delay p99 < 20 ms in every round`, delay < 20, `${delay.toFixed(1)} ms`]);
  bars.push([`${name}: no request failed`, failed === 0, String(failed)]);
}
bars.push(['the server ends by itself', code === 0, `code ${code}`]);
judge(bars);
