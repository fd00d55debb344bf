// Trains on a hundred megabytes of English: how long that takes, how much memory, and, with --python, whether the
// merges are those of Hugging Face's trainer.
// usage: node training.mjs [--kind bpe|wordpiece] [--merges 32000] [--min-frequency 2] [--text FILE]
//                          [--python "python3 with tokenizers installed"]
import { execFileSync } from 'node:child_process';
import { createReadStream, statSync } from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { readLines, trainByteLevelBpe, trainWordPiece } from '@lookupffn/tokenizer';
import { build } from './corpora.mjs';
import { trainingText } from './training-text.mjs';

const { values: flags } = parseArgs({
  options: {
    kind: { type: 'string', default: 'bpe' },
    merges: { type: 'string', default: '32000' },
    'min-frequency': { type: 'string', default: '2' },
    text: { type: 'string' },
    python: { type: 'string' },
  },
});
const text = flags.text ?? trainingText(build);
const merges = Number(flags.merges);
const minFrequency = Number(flags['min-frequency']);

const train = { bpe: trainByteLevelBpe, wordpiece: trainWordPiece }[flags.kind];
// Five special tokens and 256 bytes; WordPiece's alphabet depends on the text.
const vocabularySize = merges + (flags.kind === 'bpe' ? 261 : 0);
const stages = new Map();
let before = performance.now();
const start = before;
const tokenizer = await train(readLines(createReadStream(text)), {
  vocabularySize,
  minFrequency,
  onProgress({ stage }) {
    const now = performance.now();
    stages.set(stage, (stages.get(stage) ?? 0) + now - before);
    before = now;
  },
});
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage();
const peak = process.resourceUsage().maxRSS / 1000;
const size = statSync(text).size / 1e6;
console.log(
  `${os.cpus()[0].model}, Node ${process.version}: ${flags.kind}, ${size.toFixed(1)} MB, ` +
    `vocabulary of ${tokenizer.vocabularySize}`,
);
console.log(
  `${seconds.toFixed(1)} s (${((user + system) / 1e6).toFixed(1)} s of processor time), peak ${peak.toFixed(0)} MB; ` +
    Array.from(stages, ([stage, time]) => `${stage} ${(time / 1000).toFixed(1)} s`).join(', '),
);

if (flags.python && flags.kind === 'bpe') {
  const script = new URL('train.py', import.meta.url).pathname;
  const reference = execFileSync(flags.python, [script, text, String(vocabularySize), String(minFrequency)], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const theirs = reference.trimEnd().split('\n');
  const ours = tokenizer.toJSON().model.merges.map((merge) => merge.join(' '));
  const first = ours.findIndex((merge, i) => merge !== theirs[i]);
  const same = ours.length === theirs.length && first < 0;
  console.log(
    same
      ? `All ${ours.length} merges are Hugging Face's, in their order.`
      : `${ours.length} merges here, ${theirs.length} there; the first that differs is number ${first}.`,
  );
  process.exitCode = same ? 0 : 1;
}
