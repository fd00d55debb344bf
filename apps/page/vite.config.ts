import { defineConfig } from 'vite';

export default defineConfig({
  // Relative addresses: the page works from any folder of any server.
  base: './',
  build: {
    outDir: 'dist/site',
    target: 'es2022',
    // An inlined asset would be a data: URL, which the content security policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es' },
});
