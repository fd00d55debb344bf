import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('../scripts/emulate.mjs', import.meta.url));

// Compiles every kernel for arm64: a minute of a CPU. Says that it is skipped, and for want of what, where tools lack.
it('the kernels of arm64 agree with the scalar ones under qemu', { timeout: 900_000 }, () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, 'arm64'], { encoding: 'utf8' });
  if (stdout.includes('SKIPPED')) console.warn(stdout.trim());
  else expect(stdout).toMatch(/neondot: \d+ results/);
  expect({ stderr, status }).toMatchObject({ status: 0 });
});
