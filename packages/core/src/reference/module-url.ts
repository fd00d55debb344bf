/** What this needs of Node, without making core import it. */
interface NodeProcess {
  getBuiltinModule?(name: 'node:fs'): { existsSync(path: URL): boolean } | undefined;
}

/**
 * URL of the built `reference.js`, which stands beside every entry of this package, or undefined when the code at `own`
 * runs from elsewhere: from source, or inside an application's own bundle, where no such file is. Never throws.
 */
export function moduleBeside(own: string | undefined, exists: (file: URL) => boolean): string | undefined {
  if (!own || !/\/(index|reference|chunk-\w+)\.c?js$/.test(own) || !URL.canParse(own)) return undefined;
  // Not `new URL('literal', import.meta.url)`: bundlers would take that for an asset and copy it.
  const name = 'reference.js';
  const url = new URL(name, own);
  return url.protocol !== 'file:' || exists(url) ? url.href : undefined;
}

function fileExists(file: URL): boolean {
  const { process } = globalThis as { process?: NodeProcess };
  return process?.getBuiltinModule?.('node:fs')?.existsSync(file) ?? false;
}

/** Asked late, and caught: some bundles have no `import.meta` that works. */
export function referenceModule(): string | undefined {
  try {
    return moduleBeside(import.meta.url, fileExists);
  } catch {
    return undefined;
  }
}
