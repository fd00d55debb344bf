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
const avx512 = [
  ...avx2,
  ...['f', 'bw', 'dq', 'vl'].map((part) => `-mavx512${part}`),
  '-mprefer-vector-width=512',
  // gcc 12 takes its own undefined-value intrinsics for uninitialised variables.
  '-Wno-maybe-uninitialized',
  '-Wno-uninitialized',
];

/**
 * The kernels of each architecture: `src/cpp/isa/<name>.cc`, and the flags that only this file gets, of gcc and clang
 * and of Visual C++. binding.gyp has a line for each, and runtime/isa.cc says which CPU runs it.
 */
export const kernels = {
  x64: {
    scalar: { gcc: [], msvc: [] },
    sse41: { gcc: ['-msse4.1'], msvc: [] },
    avx2: { gcc: avx2, msvc: ['/arch:AVX2'] },
    avx512: { gcc: avx512, msvc: ['/arch:AVX512'] },
    avx512vnni: { gcc: [...avx512, '-mavx512vnni'], msvc: ['/arch:AVX512'] },
  },
  arm64: {
    scalar: { gcc: [], msvc: [] },
    neon: { gcc: [], msvc: [] },
    neondot: { gcc: ['-march=armv8.2-a+dotprod'], msvc: [] },
  },
};

/** What is built for an architecture; scalar for one that nobody wrote kernels for. */
export function isasOf(architecture) {
  return kernels[architecture] ?? { scalar: { gcc: [], msvc: [] } };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [what, isa] = process.argv.slice(2);
  const flags = Object.assign({}, ...Object.values(kernels))[isa];
  const answers = {
    shared: sharedSources,
    common: () => commonFlags,
    gcc: () => flags.gcc,
    msvc: () => flags.msvc,
  };
  console.log(answers[what]().join(' '));
}
