// The addon without node-gyp: the compiler alone. For machines that have one but no Python or make, and for the builds
// that are only tested: another architecture's, with sanitizers, on emulated instructions.
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

/**
 * Compiles and links into `output`, a path relative to `root`; object files go to `objects`, another. `compiler` is a
 * command with its first arguments. `flags` are added for every file, `isas` replaces the architecture's kernels and
 * their flags. With `program`, a source with a main function, it is that program without the binding to Node.
 */
export async function buildDirectly(
  root,
  compiler,
  output,
  {
    objects = join('build', 'direct'),
    architecture = process.arch,
    flags = [],
    isas = isasOf(architecture),
    program,
  } = {},
) {
  process.chdir(root);
  const include = [`-I${require('node-api-headers').include_dir}`, '-DNAPI_VERSION=8'];
  const kernels = Object.entries(isas).map(([isa, { gcc }]) => ({
    source: `src/cpp/isa/${isa}.cc`,
    own: gcc,
  }));
  const sources = program
    ? [program, ...sharedSources().filter((source) => !source.startsWith('src/cpp/binding/'))]
    : sharedSources();
  // The kernels take longest: they start first.
  const files = [...kernels, ...sources.map((source) => ({ source, own: [] }))].map((file) => ({
    ...file,
    object: join(objects, `${file.source}.o`),
  }));
  const waiting = [...files];
  const worker = async () => {
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      mkdirSync(dirname(file.object), { recursive: true });
      const all = [...commonFlags, ...include, ...flags, ...file.own];
      await run(compiler, [...all, '-c', file.source, '-o', file.object]);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  mkdirSync(dirname(output), { recursive: true });
  const module = process.platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared'];
  const libraries = process.platform === 'linux' ? ['-ldl', '-lpthread'] : [];
  const linked = files.map((file) => file.object);
  await run(compiler, [...(program ? [] : module), ...flags, ...linked, '-o', output, ...libraries]);
}
