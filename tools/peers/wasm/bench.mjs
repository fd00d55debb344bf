// The bar of the wasm backend: our FFNs beside onnxruntime-web's on one thread, in Node and in headless Chromium.
// usage: node bench.mjs [--in node,chromium] [--d 384,768] [--tokens 128] [--rounds 25] [--milliseconds 20]
//                       [--only "lookup int8,dense f32"] [--json]
import { existsSync } from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { denseFfnModel } from '../ffn/dense-ffn.mjs';
import { initializer, model, node, types } from '../ffn/onnx-model.mjs';
import { makeWeights } from './contestants.mjs';
import { median, speedup } from './measure.mjs';
import { run } from './run.mjs';
import { serve } from './serve.mjs';

const { values: flags } = parseArgs({
  options: {
    in: { type: 'string', default: 'node,chromium' },
    d: { type: 'string', default: '384,768' },
    tokens: { type: 'string', default: '128' },
    rounds: { type: 'string', default: '25' },
    milliseconds: { type: 'string', default: '20' },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

/** The conversion study's shapes: d/6 tables of 2^8 cells, blocks of 64. */
const shapeOf = (d) => ({ d, tables: d / 6, tau: 8, block: 64 });

const bar = [
  ['lookup int8', 'onnxruntime-web dense f32', 5],
  ['lookup int8', 'onnxruntime-web dense int8', 3],
  ['linear f32', 'onnxruntime-web linear f32', 0.8],
];

function linearModel({ weight, bias, out, size }) {
  const transposed = new Float32Array(weight.length);
  for (let o = 0; o < out; o++) for (let i = 0; i < size; i++) transposed[i * out + o] = weight[o * size + i];
  const parts = [
    initializer('w', types.float, [size, out], transposed),
    initializer('b', types.float, [out], bias),
    node('MatMul', ['x0', 'w'], ['m']),
    node('Add', ['m', 'b'], ['y']),
  ];
  return model({
    input: { name: 'x0', dims: ['rows', size] },
    output: { name: 'y', dims: ['rows', out] },
    parts,
  });
}

function modelsOf(shape) {
  const { dense } = makeWeights(shape);
  return {
    f32: denseFfnModel(dense, shape.d, 'f32'),
    int8: denseFfnModel(dense, shape.d, 'int8'),
    linear: linearModel(dense[0].up),
  };
}

const options = (shape) => ({
  shape,
  rows: Number(flags.tokens),
  rounds: Number(flags.rounds),
  milliseconds: Number(flags.milliseconds),
  only: flags.only?.split(','),
});

async function inNode(shape) {
  const ort = await import('onnxruntime-web');
  ort.env.wasm.numThreads = 1;
  return {
    where: `Node ${process.versions.node}`,
    ...(await run({ ort, models: modelsOf(shape), ...options(shape) })),
  };
}

async function inChromium(shape) {
  const { chromium } = await import('playwright-core');
  const executablePath = [process.env.CHROMIUM_PATH, '/usr/bin/chromium'].find(
    (path) => path && existsSync(path),
  );
  if (!executablePath)
    throw new Error('No Chromium here: install one or set CHROMIUM_PATH, or pass --in node.');
  const models = modelsOf(shape);
  const urls = Object.keys(models).map((name) => [name, `/models/${name}.onnx`]);
  const { server, origin } = await serve(new Map(urls.map(([name, url]) => [url, models[name]])));
  const args = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--no-first-run',
  ];
  const browser = await chromium.launch({ executablePath, args });
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => console.error(error.message));
    await page.goto(`${origin}/tools/peers/wasm/page.html`);
    await page.waitForFunction(() => window.bench);
    const result = await page.evaluate((asked) => window.bench(asked), {
      models: Object.fromEntries(urls),
      ...options(shape),
    });
    return { where: `Chromium ${browser.version()}`, ...result };
  } finally {
    await browser.close();
    server.close();
  }
}

const environments = { node: inNode, chromium: inChromium };
const results = [];
for (const d of flags.d.split(',').map(Number)) {
  for (const name of flags.in.split(',')) {
    if (!environments[name]) throw new Error(`--in ${name}: use ${Object.keys(environments).join(' or ')}`);
    results.push({ d, ...(await environments[name](shapeOf(d))) });
  }
}

function print({ d, where, isa, agreement, times }) {
  const { tables, tau, block } = shapeOf(d);
  console.log(
    `\n${where}, ${isa}; d=${d}, ${flags.tokens} tokens; ${tables} tables of ${2 ** tau} cells, block ${block}`,
  );
  for (const line of agreement) console.log(`  ${line}`);
  console.log('  ms a call (least to most)      vs ort f32   vs ort int8  contestant');
  for (const [name, list] of Object.entries(times)) {
    const range = `${median(list).toFixed(2)} (${Math.min(...list).toFixed(2)} to ${Math.max(...list).toFixed(2)})`;
    const other = name.includes('linear')
      ? ['onnxruntime-web linear f32']
      : ['f32', 'int8'].map((t) => `onnxruntime-web dense ${t}`);
    const ratios = other.map((peer) =>
      (times[peer] ? `${speedup(times, name, peer).toFixed(2)}x` : '-').padStart(10),
    );
    console.log(`  ${range.padEnd(30)} ${ratios.join('   ').padEnd(23)}  ${name}`);
  }
  for (const [ours, theirs, least] of bar) {
    if (!times[ours] || !times[theirs]) continue;
    const ratio = speedup(times, ours, theirs);
    const verdict = ratio >= least ? 'meets' : 'MISSES';
    console.log(`  ${verdict} the bar: ${ours} is ${ratio.toFixed(2)}x ${theirs}, at least ${least}x`);
  }
}

if (flags.json) console.log(JSON.stringify(results, null, 2));
else {
  console.log(`${os.cpus()[0].model}, one thread, medians of ${flags.rounds} interleaved rounds`);
  for (const result of results) print(result);
}
