// A process of its own that loads one contestant, encodes one short text, and prints what that took:
// milliseconds and megabytes beyond those of a bare process.
// usage: node --expose-gc load.mjs CONTESTANT TOKENIZER.JSON
import { readFileSync } from 'node:fs';
import { loaders } from './contestants.mjs';

const [name, file] = process.argv.slice(2);

function memory() {
  globalThis.gc();
  globalThis.gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, held: heapUsed + external };
}

// The module's own code is not the tokenizer's load time: it is imported once first, with a tokenizer of nothing.
const before = memory();
const importStart = performance.now();
await loaders[name](tiny()).catch(() => undefined);
const importTime = performance.now() - importStart;
const start = performance.now();
const encode = await loaders[name](readFileSync(file));
await encode('Hello world');
const load = performance.now() - start;
const after = memory();
const megabytes = (part) => (after[part] - before[part]) / 1e6;
console.log(JSON.stringify({ import: importTime, load, rss: megabytes('rss'), held: megabytes('held') }));

function tiny() {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const model = { type: 'BPE', vocab: { a: 0 }, merges: [] };
  const json = {
    version: '1.0',
    added_tokens: [],
    pre_tokenizer: byteLevel,
    decoder: byteLevel,
    model,
  };
  return Buffer.from(JSON.stringify(json));
}
