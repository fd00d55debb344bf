// The addon without node-gyp: the compiler alone, for machines that have one but no Python or make.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { commonFlags, isasOf, sharedSources } from './native-sources.mjs';

const require = createRequire(import.meta.url);

function run([command, ...first], args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...first, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}`));
    });
  });
}

/** Compiles and links into `output`, a path relative to `root`. `compiler` is a command with its first arguments. */
export async function buildDirectly(root, compiler, output) {
  process.chdir(root);
  const files = [
    ...sharedSources().map((source) => ({ source, flags: [] })),
    ...Object.entries(isasOf(process.arch)).map(([isa, flags]) => ({
      source: `src/cpp/isa/${isa}.cc`,
      flags,
    })),
  ].map((file) => ({ ...file, object: join('build', 'direct', `${file.source}.o`) }));
  const include = [`-I${require('node-api-headers').include_dir}`, '-DNAPI_VERSION=8'];
  const waiting = [...files];
  const worker = async () => {
    for (let file = waiting.pop(); file; file = waiting.pop()) {
      mkdirSync(dirname(file.object), { recursive: true });
      await run(compiler, [...commonFlags, ...include, ...file.flags, '-c', file.source, '-o', file.object]);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  mkdirSync(dirname(output), { recursive: true });
  const shared = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];
  const libraries = process.platform === 'linux' ? ['-ldl', '-lpthread'] : [];
  await run(compiler, [...shared, ...files.map((file) => file.object), '-o', output, ...libraries]);
}
