// Makes the text that docs/results/convert-minilm.md converts on: every text of the training parts of GLUE tasks, one a
// line, each once. No dev or test text is read into it.
// usage: node make-sentences.mjs <glue folder> [out.txt] [--tasks stsb,sst2,cola,mrpc]
import { once } from 'node:events';
import { createWriteStream, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readTask } from '../../packages/train/dist/index.js';

const { values: flags, positionals } = parseArgs({
  options: { tasks: { type: 'string', default: 'stsb,sst2,cola,mrpc' } },
  allowPositionals: true,
});
const [glue, target = new URL('sentences.txt', import.meta.url).pathname] = positionals;
if (!glue) {
  console.error('usage: node make-sentences.mjs <glue folder> [out.txt] [--tasks stsb,sst2,cola,mrpc]');
  process.exit(2);
}
mkdirSync(path.dirname(path.resolve(target)), { recursive: true });
const out = createWriteStream(`${target}.tmp`);
const seen = new Set();
for (const name of flags.tasks.split(',')) {
  const before = seen.size;
  const { train } = await readTask(name, path.join(glue, name));
  for (const { text, pair } of train) {
    for (const words of pair === undefined ? [text] : [text, pair]) {
      const line = words.replace(/\s+/g, ' ').trim();
      if (line === '' || seen.has(line)) continue;
      seen.add(line);
      if (!out.write(`${line}\n`)) await once(out, 'drain');
    }
  }
  console.log(`${name}: ${seen.size - before} texts`);
}
out.end();
await once(out, 'finish');
// Appears whole or not at all.
renameSync(`${target}.tmp`, target);
console.log(`${target}: ${seen.size} texts`);
