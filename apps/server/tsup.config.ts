import { cp } from 'node:fs/promises';
import { defineConfig } from 'tsup';
import { libraryBuild } from '../../tsup.base.js';

const page = defineConfig({
  entry: { 'page/client': 'src/page/client.ts' },
  format: ['esm'],
  platform: 'browser',
  target: 'es2022',
  minify: true,
  // The server's build cleans dist first; this one runs beside it and must not.
  clean: false,
});

async function copyPage(): Promise<void> {
  for (const name of ['index.html', 'style.css']) await cp(`src/page/${name}`, `dist/page/${name}`);
}

export default [libraryBuild(['src/index.ts'], { clean: false, onSuccess: copyPage }), page].flat();
