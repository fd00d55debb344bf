// Compiles assembly/ and writes it as base64 into src/json/scanner.generated.ts: inside the JavaScript it works in every
// bundler, and nothing has to be compiled before tests run.
//
//   node scripts/build-scanner.mjs            writes the file
//   node scripts/build-scanner.mjs --print    prints what would be in it
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The text of the generated file. */
async function generated() {
  let binary;
  const { error, stderr } = await asc.main(
    [
      ...['assembly/index.ts', '--outFile', 'module.wasm', '--runtime', 'stub', '--importMemory'],
      ...['--optimizeLevel', '3', '--shrinkLevel', '1', '--converge', '--noAssert'],
    ],
    {
      readFile(name, baseDir) {
        try {
          return readFileSync(join(root, baseDir === '.' ? '' : baseDir, name), 'utf8');
        } catch (cause) {
          // The compiler probes for x.ts and x/index.ts: a missing file is an answer.
          if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return null;
          throw cause;
        }
      },
      writeFile(_name, contents) {
        binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error || !binary) throw new Error(`assembly/ does not compile:\n${stderr.toString()}${error ?? ''}`);
  const base64 = Buffer.from(binary).toString('base64');
  return `// Written by scripts/build-scanner.mjs from assembly/; do not edit.\nexport const scannerModule =\n  '${base64}';\n`;
}

const text = await generated();
if (process.argv.includes('--print')) {
  process.stdout.write(text);
} else {
  const file = join(root, 'src/json/scanner.generated.ts');
  writeFileSync(`${file}.tmp`, text);
  renameSync(`${file}.tmp`, file);
}
