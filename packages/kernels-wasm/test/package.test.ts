import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { isLookupFfnError } from '@lookupffn/core';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const packed = (file: string) => gzipSync(readFileSync(join(root, file)), { level: 9 }).length;

describe('the built package', () => {
  it('is under 200 KB gzipped, source maps and both module systems included', () => {
    const files = readdirSync(join(root, 'dist')).map((name) => join('dist', name));
    const total = [...files, 'package.json', 'README.md'].reduce((sum, file) => sum + packed(file), 0);
    expect(files.length).toBeGreaterThan(4);
    expect(total).toBeLessThan(200_000);
  });

  it('names a module whose default export is the factory, for sessions on a thread of their own', async () => {
    const { wasmFactory } = await import(pathToFileURL(join(root, 'dist/index.js')).href);
    expect(wasmFactory.module).toMatch(/dist\/factory\.js$/);
    const { default: factory } = await import(wasmFactory.module);
    expect(factory).toBe(wasmFactory);
    const backend = await factory.create({ isa: 'simd128', threads: 1 });
    expect(backend.info).toMatchObject({ name: 'wasm', isa: 'simd128', threads: 1 });
  });

  it('works from CommonJS, and names the same ES module', async () => {
    const { wasmFactory, createWasmBackend } = createRequire(import.meta.url)(join(root, 'dist/index.cjs'));
    expect(wasmFactory.module).toMatch(/dist\/factory\.js$/);
    const backend = await createWasmBackend();
    const y = new Float32Array(2);
    backend.ops.add({ size: 2 }, new Float32Array([1, 2]), new Float32Array([3, 4]), y);
    expect(Array.from(y)).toEqual([4, 6]);
    expect(isLookupFfnError(await createWasmBackend({ isa: 'none' }).catch((e: unknown) => e))).toBe(true);
  });
});
