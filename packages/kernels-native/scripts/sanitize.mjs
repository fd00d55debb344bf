// Builds the addon with a sanitizer of gcc, into build/<name>, and runs the native tests on it in this Node, which knows
// nothing of it: the sanitizer's library is loaded first. Linux and gcc only. Tests that limit a process's memory, or
// read symbols, say nothing under one and are left out.
//   node scripts/sanitize.mjs address|thread [test file ...]
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildForTests, root } from './test-builds.mjs';

const TESTS = ['adopt', 'boundary', 'boundary-memory', 'conformance', 'determinism', 'threads'];

const sanitizers = {
  // Leaks are Node's own: it frees little on its way out. Undefined behaviour is looked for in the same run.
  address: {
    library: 'libasan.so',
    env: { ASAN_OPTIONS: 'detect_leaks=0:abort_on_error=1', UBSAN_OPTIONS: 'print_stacktrace=1' },
    prefix: [],
  },
  // Node's own threads are invisible to it but for locks, so only what both sides do inside the addon can be reported.
  // What V8 does among its own is not looked at. Its map of memory wants addresses that are not randomised.
  thread: {
    library: 'libtsan.so',
    env: {
      TSAN_OPTIONS:
        'halt_on_error=1:abort_on_error=1:second_deadlock_stack=1:ignore_noninstrumented_modules=1',
    },
    prefix: ['setarch', '-R'],
  },
};

const [name, ...given] = process.argv.slice(2);
const sanitizer = sanitizers[name];
if (!sanitizer) {
  console.error('usage: node scripts/sanitize.mjs address|thread [test file ...]');
  process.exit(2);
}
const compiler = process.env.CXX ?? 'c++';
const library = (file) =>
  spawnSync(compiler, [`-print-file-name=${file}`], { encoding: 'utf8' }).stdout.trim();
const addon = await buildForTests(name);
const tests = given.length > 0 ? given : TESTS.map((test) => `test/${test}.test.ts`);
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const [command, ...args] = [
  ...sanitizer.prefix,
  process.execPath,
  ...[vitest, 'run', '--no-file-parallelism', '--testTimeout=1200000', ...tests],
];
const result = spawnSync(command, args, {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    ...sanitizer.env,
    LOOKUPFFN_NATIVE_ADDON: addon,
    // Node brings a C++ library of its own, hidden: exceptions are looked for in this one.
    LD_PRELOAD: `${library(sanitizer.library)}:${library('libstdc++.so')}`,
  },
});
process.exitCode = result.status ?? 1;
