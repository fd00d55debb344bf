import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumArguments, chromiumPath } from './chromium.js';

const reason = 'no Chromium here; install one (Debian: apt-get install chromium) or set CHROMIUM_PATH';
if (!chromiumPath) console.warn(`SKIPPED: the wasm backend in a real browser: ${reason}.`);

/** The page's script, bundled as an application would bundle it. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./page/main.ts', import.meta.url))],
    bundle: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    // The conformance kit reads golden files in Node only, by dynamic imports that no page reaches.
    external: ['@lookupffn/core/node', 'node:*', 'fs/promises', 'path'],
    logLevel: 'error',
    write: false,
  });
  return outputFiles[0]!.text;
}

describe.skipIf(!chromiumPath)(`in Chromium${chromiumPath ? '' : ` (skipped: ${reason})`}`, () => {
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    const script = await bundle();
    server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      if (pathname.startsWith('/isolated') || pathname === '/main.js') {
        response.setHeader('cross-origin-opener-policy', 'same-origin');
        response.setHeader('cross-origin-embedder-policy', 'require-corp');
      }
      if (pathname === '/main.js') {
        response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
        return;
      }
      const allowed = pathname === '/refused' ? '' : " 'wasm-unsafe-eval'";
      const workers = pathname === '/isolated' ? "'self' blob:" : "'none'";
      response
        .writeHead(200, {
          'content-type': 'text/html',
          'content-security-policy': `default-src 'none'; script-src 'self'${allowed}; worker-src ${workers}`,
        })
        .end('<!doctype html><script type="module" src="/main.js"></script>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumArguments });
  });

  afterAll(async () => {
    await browser?.close();
    await new Promise((resolve) => server.close(resolve));
  });

  async function open(path: string): Promise<{ page: Page; errors: string[]; warnings: string[] }> {
    const page = await browser.newPage();
    const [errors, warnings]: string[][] = [[], []] as [string[], string[]];
    page.on('console', (message) => message.type() === 'warning' && warnings.push(message.text()));
    page.on('pageerror', (error) => errors.push(error.message));
    // A module script has run when the page is loaded.
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`);
    return { page, errors, warnings };
  }

  it('runs a LookupFFN under a strict policy, and agrees with the reference', async () => {
    const { page, errors } = await open('/');
    const result = await page.evaluate(() => window.lookupffn.lookupError());
    expect(result.error).toBeLessThan(1e-5);
    expect(result.isa).toMatch(/^(simd128|relaxed-simd)$/);
    // A page has no file beside it to start a worker from.
    expect(await page.evaluate(() => window.lookupffn.module())).toBeUndefined();
    expect(errors).toEqual([]);
    await page.close();
  });

  it('conforms there too', async () => {
    const { page } = await open('/');
    const { passed, failures } = await page.evaluate(() => window.lookupffn.conformance());
    expect(failures).toEqual([]);
    expect(passed).toBeGreaterThan(100);
    await page.close();
  });

  it("says what is missing where the policy lacks 'wasm-unsafe-eval'", async () => {
    const { page } = await open('/refused');
    const probe = await page.evaluate(() => window.lookupffn.probe());
    expect(probe).toMatchObject({ ok: false, reason: expect.stringContaining('wasm-unsafe-eval') });
    await page.close();
  });

  it('works on several threads where the page is isolated, with the same bits, and ends them', async () => {
    const { page, errors, warnings } = await open('/isolated');
    expect(await page.evaluate(() => window.lookupffn.threads(3))).toEqual({ threads: 3, same: true });
    expect(await page.evaluate(() => window.lookupffn.threadsInWorker(3))).toEqual({
      threads: 3,
      same: true,
    });
    await expect.poll(() => page.workers().length, { timeout: 30_000 }).toBe(0);
    expect([...errors, ...warnings]).toEqual([]);
    await page.close();
  });

  it('works on one elsewhere, and names the headers once, unless one is asked for', async () => {
    const { page, warnings } = await open('/');
    expect(await page.evaluate(() => window.lookupffn.threads(1))).toMatchObject({ threads: 1 });
    expect(warnings).toEqual([]);
    expect(await page.evaluate(() => window.lookupffn.threads(3))).toEqual({ threads: 1, same: true });
    expect(await page.evaluate(() => window.lookupffn.threads(undefined))).toMatchObject({ threads: 1 });
    expect(warnings).toEqual([expect.stringContaining('`Cross-Origin-Opener-Policy: same-origin`')]);
    expect(warnings[0]).toContain('`Cross-Origin-Embedder-Policy: require-corp`');
    await page.close();
  });

  it('works on one where a policy forbids workers, and says what the policy needs', async () => {
    const { page, warnings } = await open('/isolated/without-workers');
    expect(await page.evaluate(() => window.lookupffn.threads(3))).toEqual({ threads: 1, same: true });
    expect(warnings.join()).toContain('worker-src blob:');
    await page.close();
  });
});
