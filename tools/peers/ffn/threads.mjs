// What more threads bring, beside what the machine can give: as many processes at once, each on one thread and with
// weights of its own, for the same work. One thread, all threads and all processes take turns in one run.
// usage: node threads.mjs [--tokens 512] [--threads 2] [--rounds 25]
import { fork } from 'node:child_process';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Random } from '../../../packages/core/dist/index.js';
import { createNativeBackend } from '../../../packages/kernels-native/dist/index.js';
import { densePair } from './dense-pair.mjs';

const { values: flags } = parseArgs({
  options: {
    tokens: { type: 'string', default: '512' },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '25' },
  },
});
const rows = Number(flags.tokens);
const threads = Number(flags.threads);
const d = 768;
const layers = 4;
const lookup = {
  hidden: d,
  out: d,
  tables: 128,
  bits: 8,
  projection: 'bh4',
  block: 64,
  stages: 4,
  read: 'single',
};
const millis = 60;

const random = new Random(1);
const draws = Float32Array.from({ length: 1 << 16 }, () => random.normal());
function normal(length, std) {
  const array = new Float32Array(length);
  for (let at = 0; at < length; at += draws.length) {
    const shift = random.below(draws.length);
    const end = Math.min(length, at + draws.length);
    for (let i = at; i < end; i++) array[i] = std * draws[(i + shift) % draws.length];
  }
  return array;
}

const makers = {
  'LookupFFN int8': (backend) => {
    const handle = backend.prepare.lookupFfn(
      lookup,
      {
        projectionWeight: normal(4 * 1024 * 64, 1 / 256),
        projectionBias: normal(1024, 0.01),
        tables: normal(128 * 256 * d, 0.05),
        bias: normal(d, 0.01),
      },
      { tableDtype: 'int8' },
    );
    return (x, y) => handle.forward(rows, x, y);
  },
  ...Object.fromEntries(
    ['int8', 'f32'].map((dtype) => [
      `dense ${dtype}`,
      (backend) => {
        const pair = densePair(backend, d, dtype, {
          up: { weight: normal(4 * d * d, 0.02), bias: normal(4 * d, 0.02) },
          down: { weight: normal(4 * d * d, 0.02), bias: normal(d, 0.02) },
        });
        return (x, y) => pair(rows, x, y);
      },
    ]),
  ),
};

/** For each contestant a function that runs for some milliseconds and gives microseconds a token and layer. */
async function runners(count) {
  const backend = await createNativeBackend({ threads: count });
  const inputs = Array.from({ length: 4 }, () => normal(rows * d, 1));
  const y = new Float32Array(rows * d);
  return Object.fromEntries(
    Object.entries(makers).map(([name, make]) => {
      const stack = Array.from({ length: layers }, () => make(backend));
      const run = () => {
        const start = performance.now();
        let passes = 0;
        do {
          for (const forward of stack) forward(inputs[passes % inputs.length], y);
          passes++;
        } while (performance.now() - start < millis);
        return ((performance.now() - start) * 1000) / passes / rows / layers;
      };
      return [name, run];
    }),
  );
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];

async function compare() {
  const script = fileURLToPath(import.meta.url);
  const children = Array.from({ length: threads }, () => fork(script, process.argv.slice(2)));
  const ended = new Promise((_, reject) => {
    for (const child of children) {
      child.once('exit', (code) => reject(new Error(`A process of the comparison ended with ${code}.`)));
    }
  });
  // At the end they are let go, and nobody waits for this any more.
  ended.catch(() => {});
  const answer = (child) => Promise.race([ended, new Promise((resolve) => child.once('message', resolve))]);
  try {
    await Promise.all(children.map(answer));
    const one = await runners(1);
    const all = await runners(threads);
    console.log(
      `${os.cpus()[0].model}; ${rows} tokens, ${layers} layers in turn, us a token and layer, medians of ${flags.rounds}`,
    );
    for (const name of Object.keys(makers)) {
      const times = { one: [], all: [], alone: [], together: [] };
      for (let round = -1; round < Number(flags.rounds); round++) {
        const ask = (some) =>
          Promise.all(
            some.map((child) => {
              const reply = answer(child);
              child.send(name);
              return reply;
            }),
          );
        const [alone] = await ask(children.slice(0, 1));
        const together = await ask(children);
        const sample = {
          one: one[name](),
          all: all[name](),
          alone,
          // Tokens a microsecond add up.
          together: 1 / together.reduce((sum, micros) => sum + 1 / micros, 0),
        };
        if (round < 0) continue;
        for (const key of Object.keys(times)) times[key].push(sample[key]);
      }
      const [first, every, alone, together] = Object.values(times).map(median);
      console.log(
        `${name.padEnd(15)} 1 thread ${first.toFixed(1)}, ${threads} threads ${every.toFixed(1)}: ${(first / every).toFixed(2)}x; ` +
          `1 process ${alone.toFixed(1)}, ${threads} processes ${together.toFixed(1)}: the machine gives ${(alone / together).toFixed(2)}x`,
      );
    }
  } finally {
    for (const child of children) child.disconnect();
  }
}

if (process.send) {
  const run = await runners(1);
  process.on('message', (name) => process.send(run[name]()));
  process.send('ready');
} else {
  await compare();
}
