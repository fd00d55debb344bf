import { cp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { libraryBuild } from '../../tsup.base.js';

/** The built page goes where the server looks for it, and is published with it. */
async function copyPage(): Promise<void> {
  const require = createRequire(import.meta.url);
  const page = dirname(require.resolve('@lookupffn/page/package.json'));
  await rm('dist/page', { recursive: true, force: true });
  await cp(join(page, 'dist/site'), 'dist/page', { recursive: true });
}

export default libraryBuild(['src/index.ts'], { onSuccess: copyPage });
