// What the addon is made of, said once: binding.gyp asks this file (`node scripts/native-sources.mjs shared`), and the
// direct build, for machines without Python, imports it.
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Everything but the kernels, relative to the package. */
export function sharedSources() {
  return ['binding', 'ops', 'runtime'].flatMap((room) =>
    readdirSync(join(root, 'src', 'cpp', room), { recursive: true })
      .map((name) => name.replaceAll('\\', '/'))
      .filter((name) => name.endsWith('.cc'))
      .sort()
      .map((name) => `src/cpp/${room}/${name}`),
  );
}

/** Flags of gcc and clang for every file. */
export const commonFlags = [
  '-std=c++20',
  '-O3',
  '-fPIC',
  '-fvisibility=hidden',
  '-fno-math-errno',
  // Fused multiply-adds stand where the code says so and nowhere else: a compiler that contracts one copy of a loop and
  // not another would make a row's last bit depend on its place.
  '-ffp-contract=off',
  '-Wall',
  '-Wextra',
];

const avx2 = ['-mavx2', '-mfma', '-mf16c'];

/** The kernels of each instruction set that an architecture has, one file each, and the flags only that file gets. */
export const kernels = {
  x64: {
    scalar: [],
    avx2,
    avx512: [
      ...avx2,
      ...['f', 'bw', 'dq', 'vl'].map((part) => `-mavx512${part}`),
      '-mprefer-vector-width=512',
      // gcc 12 takes its own undefined-value intrinsics for uninitialised variables.
      '-Wno-maybe-uninitialized',
      '-Wno-uninitialized',
    ],
  },
};

/** Instruction sets built for an architecture; scalar for one that nobody wrote kernels for. */
export function isasOf(architecture) {
  return kernels[architecture] ?? { scalar: [] };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [what, isa] = process.argv.slice(2);
  const answers = {
    shared: sharedSources,
    common: () => commonFlags,
    flags: () => kernels.x64[isa],
  };
  console.log(answers[what]().join(' '));
}
