// Builds of the addon that are only tested, each into build/<name>/lookupffn_native.node. LOOKUPFFN_NATIVE_ADDON makes
// the package load one.
//   node scripts/test-builds.mjs <name>
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDirectly } from './build-direct.mjs';
import { isasOf } from './native-sources.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const cxx = process.env.CXX?.split(/\s+/) ?? ['c++'];
const traced = ['-g', '-O1', '-fno-omit-frame-pointer'];
// Only what is emulated is of interest, and lane by lane unrolling is of no use to it.
const emulatedAvx512 = Object.fromEntries(
  Object.entries(isasOf('x64')).map(([isa, { gcc }]) => [
    isa,
    isa.startsWith('avx512')
      ? { gcc: [...isasOf('x64').avx2.gcc, '-O1', '-include', 'test/cpp/emulated_avx512.h'] }
      : { gcc: [...gcc, '-O0'] },
  ]),
);

export const testBuilds = {
  arm64: { compiler: ['aarch64-linux-gnu-g++'], architecture: 'arm64' },
  avx512: {
    compiler: cxx,
    architecture: 'x64',
    flags: ['-O1', '-DLFFN_EMULATED_AVX512'],
    isas: emulatedAvx512,
  },
  address: {
    compiler: cxx,
    flags: [...traced, '-fsanitize=address,undefined', '-fno-sanitize-recover=undefined'],
  },
  thread: { compiler: cxx, flags: [...traced, '-fsanitize=thread'] },
};

export function runs(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** Builds one and answers its path. */
export async function buildForTests(name) {
  const { compiler, ...options } = testBuilds[name];
  const output = join('build', name, 'lookupffn_native.node');
  await buildDirectly(root, compiler, output, { ...options, objects: join('build', name) });
  return join(root, output);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await buildForTests(process.argv[2]));
