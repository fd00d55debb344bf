// Compiles assembly/ once for every instruction set and writes the modules as base64 into build/modules.ts: inside the
// JavaScript they work in every bundler, with no fetch and no asset rule. For the same reason the script of helper
// threads becomes a text, build/worker.ts.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import asc from 'assemblyscript/asc';
import { build } from 'esbuild';
import { compileAssembly } from '../../../assembly.base.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const lanesIndex = normalize('assembly/lanes/index.ts');

const targets = [
  { isa: 'scalar', lanes: 'scalar', features: [] },
  { isa: 'simd128', lanes: 'simd', features: ['--enable', 'simd'] },
  { isa: 'relaxed-simd', lanes: 'simd', features: ['--enable', 'simd', '--enable', 'relaxed-simd'] },
];

const compile = ({ lanes, features }) =>
  compileAssembly(
    asc,
    root,
    [...['--uncheckedBehavior', 'always', '--shrinkLevel', '0', '--disableWarning', '112'], ...features],
    { [lanesIndex]: `export * from './${lanes}';\n` },
  );

const entries = [];
for (const target of targets) {
  const wasm = await compile(target);
  process.stdout.write(`${target.isa}: ${wasm.length} bytes, ${gzipSync(wasm).length} gzipped\n`);
  entries.push(`  '${target.isa}':\n    '${wasm.toString('base64')}',\n`);
}

async function bundleWorker() {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'src/threads/worker.ts')],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    write: false,
  });
  return outputFiles[0].text.trim();
}

function write(name, from, text) {
  const out = join(root, 'build', name);
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(`${out}.tmp`, `// Made by scripts/build-wasm.mjs from ${from}.\n${text}`);
  renameSync(`${out}.tmp`, out);
}

write('modules.ts', 'assembly/', `export const modules = {\n${entries.join('')}} as const;\n`);
write(
  'worker.ts',
  'src/threads/worker.ts',
  `export const workerSource =\n  ${JSON.stringify(await bundleWorker())};\n`,
);
