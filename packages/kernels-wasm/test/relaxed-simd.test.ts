import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { supportsIsa } from '../src/isa.js';

const run = promisify(execFile);
const flag = '--experimental-wasm-relaxed-simd';
const script = fileURLToPath(new URL('./conformance-report.mjs', import.meta.url));
const goldenFolder = fileURLToPath(new URL('../../backend-conformance/test/golden', import.meta.url));

/** Flags that let this Node run relaxed SIMD: none where it is on by default, undefined where it cannot be had. */
async function flags(): Promise<string[] | undefined> {
  if (supportsIsa('relaxed-simd')) return [];
  const { stdout } = await run(process.execPath, ['--v8-options'], { maxBuffer: 2 ** 24 });
  return stdout.includes(flag) ? [flag] : undefined;
}

const wanted = await flags();
const name = `relaxed-simd conforms${wanted ? '' : ` (skipped: this Node has neither relaxed SIMD nor ${flag})`}`;

it.skipIf(!wanted)(name, async () => {
  const { stdout } = await run(process.execPath, [...wanted!, script, 'relaxed-simd', goldenFolder], {
    maxBuffer: 2 ** 24,
  });
  const report = JSON.parse(stdout);
  expect(report.isa).toBe('relaxed-simd');
  expect(report.failures).toEqual([]);
  expect(report.passed).toBeGreaterThan(100);
});
