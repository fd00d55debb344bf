import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const built = join(fileURLToPath(new URL('..', import.meta.url)), 'build', 'lookupffn_native.node');

/** The instruction sets that the addon which the package loads can run here, best first. */
export function machineIsas() {
  const named = process.env.LOOKUPFFN_NATIVE_ADDON;
  return createRequire(import.meta.url)(named ? resolve(named) : built).isas();
}
