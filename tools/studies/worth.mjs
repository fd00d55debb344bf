// What each FFN of trained models is worth: log perplexity on the held-out documents without it, and how much it puts
// out beside what it is added to. For runs of `lookupffn train` or `ablate`, dense or look-up. Prints markdown.
// usage: node worth.mjs <run folder>... [--sequences 256] [--threads 1]
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { resolveBackend } from '@lookupffn/auto';
import { DirectEvaluator, encode, packSequences } from '@lookupffn/roberta';
import { loadModelFolder } from '@lookupffn/roberta/node';
import { readSequences } from '@lookupffn/train';
import { ffnWorth } from './ffn-worth.mjs';
import { runCorpus } from './run-corpus.mjs';

const { values: flags, positionals: folders } = parseArgs({
  options: {
    sequences: { type: 'string', default: '256' },
    threads: { type: 'string', default: '1' },
  },
  allowPositionals: true,
});
if (folders.length === 0) {
  console.error('usage: node worth.mjs <run folder>... [--sequences 256] [--threads 1]');
  process.exit(2);
}
const maxSequences = Number(flags.sequences);
const backend = await resolveBackend({ threads: Number(flags.threads) });

const rms = ({ data }) => Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);

/** The model as it is, noting what each sum of a layer is made of. */
class Listener extends DirectEvaluator {
  sums = [];
  add(a, b) {
    this.sums.push(rms(a) / rms(b));
    return super.add(a, b);
  }
}

/** RMS of each layer's FFN over that of the hidden states that it is added to, on the first sequences. */
function shares(model, sequences) {
  const { config } = model;
  const count = Math.min(32, sequences.count);
  const batch = packSequences(readSequences(sequences, 0, count), config);
  const listener = new Listener(backend, model);
  try {
    encode(listener, config, batch);
  } finally {
    listener.dispose();
  }
  // Two sums make the embeddings, then each layer adds its attention and its FFN.
  return Array.from({ length: config.numHiddenLayers }, (_, layer) => listener.sums[2 + 2 * layer + 1]);
}

console.log('| model | whole | layer | without its FFN | FFN beside its input |');
console.log('|---|---|---|---|---|');
for (const folder of folders) {
  const model = await loadModelFolder(folder);
  const { validation: sequences } = await runCorpus(folder);
  const { whole, without } = await ffnWorth({ model, backend, sequences, maxSequences });
  const beside = shares(model, sequences);
  const layers = [...beside.keys()];
  for (const layer of layers) {
    const head = layer === 0 ? [basename(folder), whole.toFixed(3)] : ['', ''];
    console.log(`| ${[...head, layer, await without([layer]), beside[layer].toPrecision(2)].join(' | ')} |`);
  }
  const behind = layers.slice(1);
  if (behind.length > 1) {
    console.log(`| | | ${behind[0]} to ${behind.at(-1)} | ${await without(behind)} | |`);
  }
}
