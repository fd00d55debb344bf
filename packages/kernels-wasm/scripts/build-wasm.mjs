// Compiles assembly/ once for every instruction set and writes the modules as base64 into build/modules.ts: inside the
// JavaScript they work in every bundler, with no fetch and no asset rule. For the same reason the script of helper
// threads becomes a text, build/worker.ts.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import asc from 'assemblyscript/asc';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const lanesIndex = normalize('assembly/lanes/index.ts');

const targets = [
  { isa: 'scalar', lanes: 'scalar', features: [] },
  { isa: 'simd128', lanes: 'simd', features: ['--enable', 'simd'] },
  { isa: 'relaxed-simd', lanes: 'simd', features: ['--enable', 'simd', '--enable', 'relaxed-simd'] },
];

async function compile({ isa, lanes, features }) {
  let binary;
  const { error, stderr } = await asc.main(
    [
      'assembly/index.ts',
      ...['--outFile', 'module.wasm', '--runtime', 'stub', '--importMemory', '--uncheckedBehavior', 'always'],
      ...[
        '--optimizeLevel',
        '3',
        '--shrinkLevel',
        '0',
        '--converge',
        '--noAssert',
        '--disableWarning',
        '112',
      ],
      ...features,
    ],
    {
      readFile(name, baseDir) {
        try {
          if (normalize(name) === lanesIndex) return `export * from './${lanes}';\n`;
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
  if (error || !binary)
    throw new Error(`assembly/ does not compile for ${isa}:\n${stderr.toString()}${error ?? ''}`);
  const warnings = stderr.toString();
  if (warnings) process.stderr.write(warnings);
  return Buffer.from(binary);
}

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
