// Builds that are only tested, each into build/<name>: of the addon, which LOOKUPFFN_NATIVE_ADDON makes the package load,
// or of a program.
//   node scripts/test-builds.mjs <name>
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildDirectly } from './build-direct.mjs';
import { isasOf } from './native-sources.mjs';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const cxx = process.env.CXX?.split(/\s+/) ?? ['c++'];
const traced = ['-g', '-O1', '-fno-omit-frame-pointer'];

/** The rooms of an architecture, their flags replaced by what `change` makes of them. */
function changed(architecture, change) {
  const rooms = Object.entries(isasOf(architecture));
  return Object.fromEntries(rooms.map(([isa, { gcc }]) => [isa, { gcc: change(isa, gcc) }]));
}

const emulated = [...isasOf('x64').avx2.gcc, '-O0', '-include', 'test/cpp/emulated_avx512.h'];
// Few machines run these, and every kernel is in the others too.
const plainAvx512 = changed(process.arch, (isa, flags) =>
  isa.startsWith('avx512') ? [...flags, '-O0', '-fno-sanitize=all'] : flags,
);

export const testBuilds = {
  arm64: {
    compiler: ['aarch64-linux-gnu-g++'],
    architecture: 'arm64',
    flags: ['-O1'],
    program: 'test/cpp/rooms.cc',
  },
  avx512: {
    compiler: cxx,
    architecture: 'x64',
    flags: ['-O1', '-DLFFN_EMULATED_AVX512'],
    // Only what is emulated is of interest.
    isas: changed('x64', (isa, flags) => (isa.startsWith('avx512') ? emulated : [...flags, '-O0'])),
  },
  address: {
    compiler: cxx,
    // Vectors are loaded from anywhere on purpose.
    flags: [
      ...traced,
      '-fsanitize=address,undefined',
      '-fno-sanitize=alignment',
      '-fno-sanitize-recover=undefined',
    ],
    isas: plainAvx512,
  },
  thread: { compiler: cxx, flags: [...traced, '-fsanitize=thread'], isas: plainAvx512 },
};

export function runs(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

/** Builds one and answers its path. */
export async function buildForTests(name) {
  const { compiler, ...options } = testBuilds[name];
  const output = join('build', name, options.program ? 'rooms' : 'lookupffn_native.node');
  await buildDirectly(root, compiler, output, { ...options, objects: join('build', name) });
  return join(root, output);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(await buildForTests(process.argv[2]));
