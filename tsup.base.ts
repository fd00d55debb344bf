import { defineConfig, type Options } from 'tsup';

/** Every package is built alike: ESM, CommonJS and declarations for each entry. */
export function libraryBuild(entry: string[], overrides: Options = {}) {
  return defineConfig({
    entry,
    format: ['esm', 'cjs'],
    target: 'es2022',
    // tsup 8 passes a baseUrl to TypeScript 6, which calls that deprecated.
    dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
    sourcemap: true,
    clean: true,
    shims: true,
    ...overrides,
  });
}
