// Our tokenizer beside those of npm on English prose, one thread, interleaved in one run so that a noisy machine is
// noisy for all; then load time and memory, each in fresh processes.
// usage: node --expose-gc bench.mjs [--model roberta-base|"BERT-like WordPiece"] [--megabytes 2] [--rounds 7]
//                                   [--loads 5] [--only "lookupffn ids"] [--json]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { contestants as tokenizers } from '../../tokenizer-parity/contestants.mjs';
import { sotu } from '../../tokenizer-parity/corpora.mjs';
import { loaders } from './contestants.mjs';

// Rust's own thread pool would serve batches; one thread is the rule here.
process.env.TOKENIZERS_PARALLELISM = 'false';

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'roberta-base' },
    megabytes: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '7' },
    loads: { type: 'string', default: '5' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

const bar = { 'lookupffn ids': [15, 40], 'lookupffn ids and offsets': [8, 20] };

const json = Buffer.from(JSON.stringify(await tokenizers[flags.model]()));
const names = Object.keys(loaders).filter(
  (name) =>
    (!flags.only || flags.only.split(',').includes(name)) &&
    (flags.model === 'roberta-base' || !name.startsWith('gpt-tokenizer')),
);
const encoders = Object.fromEntries(
  await Promise.all(names.map(async (name) => [name, await loaders[name](json)])),
);
const texts = prose(Number(flags.megabytes) * 1e6);
const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);

const results = await measure();
const loads = Object.fromEntries(
  names.filter((name) => !name.endsWith('offsets')).map((n) => [n, loaded(n)]),
);
const machine = { cpu: os.cpus()[0].model, node: process.version };
if (flags.json) {
  console.log(JSON.stringify({ machine, model: flags.model, bytes, results, loads }, null, 2));
} else {
  report();
}

/** Whole speeches, spread over two centuries. */
function prose(size) {
  const all = sotu();
  const step = Math.max(1, Math.floor((all.length * all[0].length) / size / 2));
  const chosen = [];
  let length = 0;
  for (let offset = 0; offset < step && length < size; offset++) {
    for (let i = offset; i < all.length && length < size; i += step) {
      chosen.push(all[i]);
      length += all[i].length;
    }
  }
  return chosen;
}

/**
 * The first pass finds every cache empty and code not yet compiled; it is reported apart. Processor time counts all
 * threads of the process: where it exceeds the wall's, a contestant had help (of a collector, or of threads).
 */
async function measure() {
  const rows = names.map((name) => ({ name, tokens: 0, first: 0, wall: [], processor: [] }));
  for (let round = -2; round < Number(flags.rounds); round++) {
    for (const row of rows) {
      const encode = encoders[row.name];
      globalThis.gc?.();
      const processorStart = process.cpuUsage();
      const start = performance.now();
      let tokens = 0;
      for (const text of texts) tokens += (await encode(text)).length;
      const milliseconds = performance.now() - start;
      const { user, system } = process.cpuUsage(processorStart);
      if (round === -2) Object.assign(row, { first: milliseconds, tokens });
      if (tokens !== rows[0].tokens)
        throw new Error(`${row.name} gives ${tokens} tokens, ${rows[0].name} ${rows[0].tokens}.`);
      if (round < 0) continue;
      row.wall.push(milliseconds);
      row.processor.push((user + system) / 1000);
    }
  }
  const speed = (milliseconds) => bytes / 1000 / milliseconds;
  return rows.map(({ name, tokens, first, wall, processor }) => ({
    name,
    tokens,
    firstPass: speed(first),
    wall: speed(median(wall)),
    best: speed(Math.min(...wall)),
    processor: speed(median(processor)),
  }));
}

function loaded(name) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tokenizer-load-'));
  try {
    const file = path.join(folder, 'tokenizer.json');
    writeFileSync(file, json);
    const script = new URL('load.mjs', import.meta.url).pathname;
    const runs = Array.from({ length: Number(flags.loads) }, () =>
      JSON.parse(execFileSync(process.execPath, ['--expose-gc', script, name, file], { encoding: 'utf8' })),
    );
    return Object.fromEntries(Object.keys(runs[0]).map((key) => [key, median(runs.map((run) => run[key]))]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function median(list) {
  return [...list].sort((a, b) => a - b)[list.length >> 1];
}

function report() {
  const size = (bytes / 1e6).toFixed(1);
  console.log(
    `${machine.cpu}, Node ${machine.node}; ${flags.model}; ${texts.length} texts, ${size} MB of English`,
  );
  console.log('\n| MB/s | median | best | of processor time | first pass | ours is | |');
  console.log('|---|---|---|---|---|---|---|');
  for (const row of results) {
    const ours = row.name.endsWith('offsets') ? 'lookupffn ids and offsets' : 'lookupffn ids';
    const ratio = (results.find(({ name }) => name === ours)?.wall ?? Number.NaN) / row.wall;
    const [least, aim] = bar[row.name] ?? [];
    const verdict =
      least === undefined ? '' : `${row.wall >= least ? 'meets' : 'MISSES'} ${least}, aim ${aim}`;
    const numbers = [row.wall, row.best, row.processor, row.firstPass].map((speed) => speed.toFixed(1));
    console.log(`| ${[row.name, ...numbers, `${ratio.toFixed(1)}x`, verdict].join(' | ')} |`);
  }
  console.log('\n| a fresh process | import, ms | load, ms | resident, MB | held after collection, MB |');
  console.log('|---|---|---|---|---|');
  for (const [name, load] of Object.entries(loads)) {
    const numbers = [load.import, load.load, load.rss, load.held].map((number) => number.toFixed(1));
    console.log(`| ${[name.replace(' ids', ''), ...numbers].join(' | ')} |`);
  }
}
