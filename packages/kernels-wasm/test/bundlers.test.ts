import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as esbuild } from 'esbuild';
import { type Browser, chromium } from 'playwright-core';
import { build as vite } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webpack from 'webpack';
import { chromiumArguments, chromiumPath } from './chromium.js';

const reason = 'no Chromium here; install one (Debian: apt-get install chromium) or set CHROMIUM_PATH';
if (!chromiumPath) console.warn(`SKIPPED: bundled applications in a real browser: ${reason}.`);

const packages = fileURLToPath(new URL('../..', import.meta.url));
const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
};
const html = (head: string) => `<!doctype html><meta charset="utf-8"><title>app</title>${head}`;

describe.skipIf(!chromiumPath)(`an application${chromiumPath ? '' : ` (skipped: ${reason})`}`, () => {
  // The application with the packages as npm would install them: what is published, and nothing beside it.
  const app = mkdtempSync(join(tmpdir(), 'lookupffn-app-'));
  const main = join(app, 'main.mjs');
  /** What is served: a folder a bundler, deep below the root, as on a CDN. */
  const site = join(app, 'site');
  const base = '/npm/app@1.2.3/';
  const servers: Server[] = [];
  let browser: Browser;

  /** A static file server with a strict policy; `scripts` is one more source of scripts. */
  async function serve(scripts = ''): Promise<string> {
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      try {
        const body = readFileSync(join(site, pathname.replace(base, '/')));
        response
          .writeHead(200, {
            'content-type': types[extname(pathname)] ?? 'application/octet-stream',
            'content-security-policy': `default-src 'none'; script-src 'self' 'wasm-unsafe-eval' ${scripts}`,
            'access-control-allow-origin': '*',
          })
          .end(body);
      } catch {
        response.writeHead(404).end();
      }
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  beforeAll(async () => {
    cpSync(fileURLToPath(new URL('./app/main.mjs', import.meta.url)), main);
    for (const name of ['core', 'kernels-wasm']) {
      const to = join(app, 'node_modules/@lookupffn', name);
      for (const part of ['package.json', 'dist']) {
        cpSync(join(packages, name, part), join(to, part), { recursive: true });
      }
    }
    mkdirSync(site);
    browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumArguments });
  });

  afterAll(async () => {
    await browser?.close();
    for (const server of servers) await new Promise((resolve) => server.close(resolve));
    rmSync(app, { recursive: true, force: true });
  });

  /** Opens a page of the site and checks what the application computed there. */
  async function runs(origin: string, folder: string): Promise<void> {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('requestfailed', (request) => complaints.push(request.url()));
    await page.goto(`${origin}${base}${folder}/index.html`);
    // Modules and classic scripts have run when the page is loaded.
    const result = await page.evaluate(
      () =>
        (globalThis as unknown as { result: Promise<{ name: string; isa: string; error: number }> }).result,
    );
    expect(complaints).toEqual([]);
    expect(result).toMatchObject({ name: 'wasm', isa: expect.stringMatching(/simd/) });
    expect(result.error).toBeLessThan(1e-5);
    await page.close();
  }

  it('runs when built by Vite', async () => {
    writeFileSync(join(app, 'index.html'), html('<script type="module" src="./main.mjs"></script>'));
    await vite({
      ...{ root: app, base: './', configFile: false, logLevel: 'error' },
      build: { outDir: join(site, 'vite'), emptyOutDir: false },
    });
    await runs(await serve(), 'vite');
  });

  it('runs when built by webpack', async () => {
    const compiler = webpack({
      ...{ mode: 'production', context: app, entry: main, devtool: false },
      output: { path: join(site, 'webpack'), filename: 'main.js' },
      performance: { hints: false },
    });
    const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) => {
      compiler!.run((error, result) => (error ? reject(error) : resolve(result)));
    });
    expect(stats?.compilation.errors).toEqual([]);
    expect(stats?.compilation.warnings).toEqual([]);
    writeFileSync(join(site, 'webpack/index.html'), html('<script defer src="main.js"></script>'));
    await runs(await serve(), 'webpack');
  });

  it('runs when built by esbuild, and with its script on another origin', async () => {
    const { warnings } = await esbuild({
      ...{ entryPoints: [main], bundle: true, minify: true, format: 'esm', logLevel: 'silent' },
      outfile: join(site, 'esbuild/main.js'),
    });
    expect(warnings).toEqual([]);
    writeFileSync(join(site, 'esbuild/index.html'), html('<script type="module" src="./main.js"></script>'));
    const cdn = await serve();
    await runs(cdn, 'esbuild');
    mkdirSync(join(site, 'remote'));
    const script = `<script type="module" src="${cdn}${base}esbuild/main.js"></script>`;
    writeFileSync(join(site, 'remote/index.html'), html(script));
    await runs(await serve(cdn), 'remote');
  });

  it('runs without a bundler, from the published files and an import map', async () => {
    cpSync(join(app, 'node_modules'), join(site, 'plain'), { recursive: true });
    cpSync(main, join(site, 'plain/main.mjs'));
    const at = './@lookupffn';
    const imports = {
      '@lookupffn/core': `${at}/core/dist/index.js`,
      '@lookupffn/core/reference': `${at}/core/dist/reference.js`,
      '@lookupffn/kernels-wasm': `${at}/kernels-wasm/dist/index.js`,
    };
    const map = `<script type="importmap" nonce="map">${JSON.stringify({ imports })}</script>`;
    const page = html(`${map}<script type="module" src="./main.mjs"></script>`);
    writeFileSync(join(site, 'plain/index.html'), page);
    await runs(await serve("'nonce-map'"), 'plain');
  });
});
