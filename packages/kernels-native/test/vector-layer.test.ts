import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { kernels } from '../scripts/native-sources.mjs';
import { addon } from './backends.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'lookupffn-layer-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runs = (command: string) => spawnSync(command, ['--version']).status === 0;
const output = (command: string, args: readonly string[]) => {
  const { stdout, stderr, status } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  return { output: (stdout + stderr).trim(), status };
};

/** The headers of a room, up to the kernels. */
function layers(isa: string): string[] {
  const source = readFileSync(join(root, 'src', 'cpp', 'isa', `${isa}.cc`), 'utf8');
  const headers = [...source.matchAll(/#include "(.*)"/g)].map((match) => match[1]!);
  return headers.filter((header) => header !== 'kernels.h').flatMap((h) => ['-include', `src/cpp/isa/${h}`]);
}

/** Compiles test/cpp/vector_layer.cc on one room's layers and runs it. */
function check(isa: string, compiler: string, flags: readonly string[], runner: readonly string[] = []) {
  const program = join(folder, isa);
  const common = ['-std=c++20', '-O1', '-ffp-contract=off', '-fno-math-errno', '-Wall', '-Wextra', '-Werror'];
  const args = [...common, ...flags, ...layers(isa), 'test/cpp/vector_layer.cc', '-o', program];
  expect(output(compiler, args)).toEqual({ output: '', status: 0 });
  const [command, ...first] = [...runner, program];
  expect(output(command!, first)).toEqual({ output: '', status: 0 });
}

const x64 = Object.entries(kernels.x64);
const arm64 = Object.entries(kernels.arm64).filter(([isa]) => isa !== 'scalar');

describe.runIf(process.arch === 'x64' && runs('c++'))('the vector layer of x86', () => {
  it.each(x64.filter(([isa]) => addon.isas().includes(isa)))('%s', (isa, { gcc }) => check(isa, 'c++', gcc));

  it.each(x64.filter(([isa]) => isa.startsWith('avx512')))('%s, its instructions emulated', (isa) =>
    check(isa, 'c++', [...kernels.x64.avx2.gcc, '-include', 'test/cpp/emulated_avx512.h']),
  );
});

// apt-get install g++-aarch64-linux-gnu qemu-user
const cross = runs('aarch64-linux-gnu-g++') && runs('qemu-aarch64');
describe.runIf(cross)('the vector layer of arm64, under qemu', () => {
  it.each(arm64)('%s', (isa, { gcc }) =>
    check(isa, 'aarch64-linux-gnu-g++', gcc, ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu']),
  );
});
