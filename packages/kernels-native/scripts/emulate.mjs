// Runs the kernels that this machine has no CPU for. arm64: test/cpp/rooms.cc under qemu-user, every operation against the
// scalar kernels (a whole Node is slow there, and falls). AVX-512: the conformance kit on the plain C++ of
// test/cpp/emulated_avx512.h, for qemu 7.2 and valgrind know no AVX-512. What the tools for it lack is said, and skipped.
//   node scripts/emulate.mjs [arm64] [avx512]
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { isasOf } from './native-sources.mjs';
import { buildForTests, root, runs } from './test-builds.mjs';

const SYSROOT = '/usr/aarch64-linux-gnu';

function run(command, args, env = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (result.error) throw result.error;
  return result.status === 0;
}

const kit = join(root, 'scripts', 'kit.mjs');

const emulators = {
  arm64: {
    lacking() {
      if (!runs('aarch64-linux-gnu-g++', ['--version']) || !runs('qemu-aarch64', ['--version'])) {
        return 'apt-get install g++-aarch64-linux-gnu qemu-user';
      }
      return undefined;
    },
    async run() {
      const program = await buildForTests('arm64');
      const objects = Object.keys(isasOf('arm64')).map((isa) => `${isa}=build/arm64/src/cpp/isa/${isa}.cc.o`);
      const symbols = [join(root, 'scripts', 'check-symbols.mjs'), ...objects];
      if (!run(process.execPath, symbols, { NM: 'aarch64-linux-gnu-nm' })) return false;
      return run('qemu-aarch64', ['-L', SYSROOT, program]);
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
