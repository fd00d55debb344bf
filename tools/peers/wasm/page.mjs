// The contestants in a page; bench.mjs calls `bench` through the browser's debugging protocol.
import * as ort from './node_modules/onnxruntime-web/dist/ort.wasm.min.mjs';
import { run } from './run.mjs';

ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = new URL('./node_modules/onnxruntime-web/dist/', import.meta.url).href;

const bytes = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());

window.bench = async ({ models, ...options }) => {
  const loaded = {};
  for (const [name, url] of Object.entries(models)) loaded[name] = await bytes(url);
  return await run({ ort, models: loaded, ...options });
};
