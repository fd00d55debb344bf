import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const here = dirname(fileURLToPath(import.meta.url));

/** Bundles a script that an application might have, by the built package's public name. */
async function bundle(contents: string, platform: 'browser' | 'node') {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: here, loader: 'js' },
    bundle: true,
    platform,
    format: 'esm',
    external: ['@lookupffn/kernels-native'],
    write: false,
    metafile: true,
    logLevel: 'error',
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path));
  return { code: outputFiles[0]!.text, imports };
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookupffn-auto-'));
});
afterAll(() => vi.unstubAllEnvs());
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('bundled', () => {
  it('for a browser has no native backend in it, and chooses wasm', async () => {
    vi.stubEnv('LOOKUPFFN_BACKEND', '');
    vi.stubEnv('LOOKUPFFN_ISA', '');
    const { code, imports } = await bundle(
      `import { describeChoice, resolveBackend, explainBackends } from '@lookupffn/auto';
       export const names = (await explainBackends()).map(({ name }) => name);
       export const text = await describeChoice();
       export const isa = (await resolveBackend()).info.isa;`,
      'browser',
    );
    expect(imports).toEqual([]);
    expect(code).not.toContain('kernels-native');
    const file = join(folder, 'page.mjs');
    await writeFile(file, code);
    const page = await import(pathToFileURL(file).href);
    expect(page.names).toEqual(['wasm', 'reference']);
    expect(page.text).toMatch(/^Backend wasm \(.*\), the fastest that runs here/);
    expect(page.isa).toMatch(/^(simd128|relaxed-simd)$/);
  });

  it('keeps the registration when nothing is imported by name', async () => {
    const { code } = await bundle(`import '@lookupffn/auto';`, 'browser');
    expect(code).toContain('lookupffn.registry');
  });

  it('for Node takes the native backend along', async () => {
    const { imports } = await bundle(`import '@lookupffn/auto';`, 'node');
    expect(imports).toContain('@lookupffn/kernels-native');
  });
});
