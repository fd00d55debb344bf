// Compiles assembly/ and writes it as base64 into src/json/scanner.generated.ts: inside the JavaScript it works in every
// bundler, and nothing has to be compiled before tests run.
//
//   node scripts/build-scanner.mjs            writes the file
//   node scripts/build-scanner.mjs --print    prints what would be in it
import { renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { compileAssembly } from '../../../assembly.base.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const module = (await compileAssembly(asc, root, ['--shrinkLevel', '1'])).toString('base64');
const text = `// Written by scripts/build-scanner.mjs from assembly/; do not edit.\nexport const scannerModule =\n  '${module}';\n`;
if (process.argv.includes('--print')) {
  process.stdout.write(text);
} else {
  const file = join(root, 'src/json/scanner.generated.ts');
  writeFileSync(`${file}.tmp`, text);
  renameSync(`${file}.tmp`, file);
}
