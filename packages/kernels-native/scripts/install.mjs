// Runs when the package is installed. A script named `install` also keeps package managers from running node-gyp by
// themselves, which they do wherever they see a binding.gyp: that would fail where there is no compiler.
import { existsSync } from 'node:fs';

// In a checkout the package's build does this, cached and in order.
const checkout = existsSync(new URL('../tsup.config.ts', import.meta.url));
if (!checkout) await import('./build-native.mjs');
