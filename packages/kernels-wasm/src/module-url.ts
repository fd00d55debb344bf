/** What this needs of Node, without importing it. */
interface NodeProcess {
  getBuiltinModule?(name: 'node:fs'): { existsSync(path: URL): boolean } | undefined;
}

/**
 * URL of the built `factory.js`, which stands beside every file of this package, or undefined when this code runs from
 * elsewhere: from source, or inside an application's own bundle. Asked late and never throws, for some bundles have no
 * usable `import.meta.url`.
 */
export function factoryModule(): string | undefined {
  try {
    const own = new URL(import.meta.url);
    if (!/\/(index|factory|chunk-[A-Z0-9]+)\.c?js$/.test(own.pathname)) return undefined;
    // Not `new URL('literal', import.meta.url)`: bundlers would take that for an asset and copy it.
    const name = 'factory.js';
    const url = new URL(name, own);
    // A browser's worker would need an import map to find core, and workers have none.
    if (url.protocol !== 'file:') return undefined;
    const { process } = globalThis as { process?: NodeProcess };
    return process?.getBuiltinModule?.('node:fs')?.existsSync(url) ? url.href : undefined;
  } catch {
    return undefined;
  }
}
