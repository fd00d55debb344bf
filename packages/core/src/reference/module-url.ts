/** What this needs of Node, without making core import it. */
interface NodeProcess {
  getBuiltinModule?(name: 'node:fs'): { existsSync(path: URL): boolean } | undefined;
}

/**
 * URL of the built `reference.js`, which stands beside every entry of this package, or undefined when this code runs
 * from elsewhere: from source, or inside an application's own bundle, where no such file is. Asked late and never
 * throws, for some bundles have no usable `import.meta.url`.
 */
export function referenceModule(): string | undefined {
  try {
    const own = new URL(import.meta.url);
    if (!/\/(index|reference)\.c?js$/.test(own.pathname)) return undefined;
    // Not `new URL('literal', import.meta.url)`: bundlers would take that for an asset and copy it.
    const name = 'reference.js';
    const url = new URL(name, own);
    if (url.protocol !== 'file:') return url.href;
    const { process } = globalThis as { process?: NodeProcess };
    const exists = process?.getBuiltinModule?.('node:fs')?.existsSync(url) ?? true;
    return exists ? url.href : undefined;
  } catch {
    return undefined;
  }
}
