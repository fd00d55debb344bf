import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NativeAddon } from './addon.js';

const require = createRequire(import.meta.url);
// dist/index.js and src/load.ts both lie one folder below the package.
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const file = 'lookupffn_native.node';

export type Loaded =
  | { readonly addon: NativeAddon; readonly path: string }
  | { readonly failures: readonly string[] };

/** Where the addon may be: built here, or brought with the package. A test build is named, and then nothing else will do. */
function candidates(): string[] {
  const named = process.env.LOOKUPFFN_NATIVE_ADDON;
  if (named) return [resolve(named)];
  return [join(root, 'build', file), join(root, 'prebuilds', `${process.platform}-${process.arch}`, file)];
}

let loaded: Loaded | undefined;

/** Loads the addon once; when no candidate works, says what happened to each. */
export function loadAddon(): Loaded {
  loaded ??= tryAll();
  return loaded;
}

function tryAll(): Loaded {
  const failures: string[] = [];
  for (const path of candidates()) {
    if (!existsSync(path)) {
      failures.push(`${path}: not there`);
      continue;
    }
    try {
      return { addon: require(path) as NativeAddon, path };
    } catch (error) {
      failures.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { failures };
}

/** What to do about the failures, in the words of the person who can do it. */
export function explainFailures(failures: readonly string[]): string {
  const broken = failures.some((failure) => !failure.endsWith(': not there'));
  const advice = broken
    ? 'The file is there but does not load: it was built for another platform, C library or Node. Build it again on this machine with "node scripts/build-native.mjs" in the package.'
    : 'It was not built. Install a C++ compiler (Debian and Ubuntu: apt-get install g++; macOS: xcode-select --install), then run "node scripts/build-native.mjs" in the package.';
  return `the native addon for ${process.platform}-${process.arch} is not available. ${advice}\n${failures.map((failure) => `    ${failure}`).join('\n')}`;
}
