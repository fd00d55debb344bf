import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { referenceFactory } from '@lookupffn/core';
import {
  type FillMaskResponse,
  loadServedModel,
  type RunningServer,
  serve,
  writeSite,
} from '@lookupffn/server';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumArguments, chromiumPath } from './browser.js';
import { tinyModels } from './tiny-models.js';

if (!chromiumPath) {
  console.warn(
    'SKIPPED: the page in a real browser. No Chromium here; install one (Debian: apt-get install chromium) or set CHROMIUM_PATH.',
  );
}

const subjects = ['the people', 'a nation', 'the laws', 'commerce', 'peace'];
const list = Array.from(
  { length: 60 },
  (_, i) => `${subjects[i % 5]} of the world and ${subjects[(i * 3) % 5]} ${i}`,
);
const sentences = { from: 'the test', read: async () => list };
const examples = ['the people of the United <mask>', 'a <mask> of laws'];

let tiny: Awaited<ReturnType<typeof tinyModels>>;
let server: RunningServer;

beforeAll(async () => {
  tiny = await tinyModels();
  server = await serve({ models: tiny.models, port: 0, examples, sentences, shareModels: true });
});

afterAll(async () => {
  await server?.close();
  await tiny?.dispose();
});

describe('a served model', () => {
  it('refuses text without a mask and text that is too long with 400', async () => {
    for (const inputs of ['no mask here', `<mask> ${'peace '.repeat(300)}`]) {
      const response = await fetch(new URL('/fill-mask', server.url), {
        method: 'POST',
        body: JSON.stringify({ inputs }),
      });
      expect(response.status).toBe(400);
      expect(await response.text()).toMatch(/mask|token/);
    }
  });

  it('cannot take a port that is in use', async () => {
    const port = Number(new URL(server.url).port);
    await expect(serve({ models: tiny.models, port })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('says which file is missing', async () => {
    const nowhere = loadServedModel(join(tiny.folder, 'nowhere'), { backend: referenceFactory });
    await expect(nowhere).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });
});

/** What the page has in any browser: seen from outside, with nothing of it replaced. */
async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ viewport: { width: 1000, height: 700 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) {
      complaints.push(`asked elsewhere: ${request.url()}`);
    }
  });
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

/**
 * Of a poll, for a machine that has much else to do. What a page shows after an input or in an effect (a chart) comes
 * with a later frame: such things are polled, never read once.
 */
const patience = { timeout: 30_000 };

const words = (page: Page, model: string) => page.locator(`[data-model="${model}"] .candidates li`);
const latency = (page: Page, place: string) => page.locator(`.latency[data-place="${place}"] .number`);

async function expectWords(page: Page, places: readonly string[]): Promise<void> {
  for (const place of places) {
    const time = expect.stringMatching(/^\d+\.\d+ ms$/);
    await expect.poll(() => latency(page, place).allTextContents(), patience).toEqual([time, time]);
  }
  for (const model of ['dense', 'lookup']) expect(await words(page, model).count()).toBe(6);
}

describe.skipIf(!chromiumPath)('the page in a real browser', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumArguments });
  });
  afterAll(() => browser?.close());

  describe('served', () => {
    let opened: Awaited<ReturnType<typeof openPage>>;
    let page: Page;
    beforeAll(async () => {
      opened = await openPage(browser, server.url);
      page = opened.page;
    });
    afterAll(() => opened?.close());

    it('fills the first example with both models, on the server and in the browser', async () => {
      await expectWords(page, ['server', 'browser']);
      expect(await page.locator('footer').textContent()).toMatch(
        /wasm \((relaxed-simd|simd128)\).*reference/,
      );
    });

    it('computes the same words in both places', async () => {
      const body = JSON.stringify({ inputs: examples[0], top_k: 6, models: ['lookup'] });
      const answer = await fetch(new URL('/fill-mask', server.url), { method: 'POST', body });
      const [result] = ((await answer.json()) as FillMaskResponse).results;
      const expected = result!.predictions[0]!.map((one) => one.token_str.trim());
      // Only the browser answers here.
      await page.route('**/fill-mask', (route) => route.abort());
      await page.reload();
      await page.waitForSelector('[data-model="lookup"] .candidates li');
      const shown = await page.locator('[data-model="lookup"] .candidates .word').allTextContents();
      expect(shown.map((word) => word.replace(/[␠∅]/, ''))).toEqual(expected);
      await page.unroute('**/fill-mask');
      await page.reload();
      await expectWords(page, ['server', 'browser']);
      // The refused requests above.
      opened.complaints.splice(0);
    });

    it('answers a sentence that is typed, with a list per mask', async () => {
      await page.fill('#text', '');
      await page.locator('#text').pressSequentially('a <mask> of <mask>');
      await page.waitForSelector('[data-model="lookup"] .candidates >> nth=1');
      await page.waitForSelector('[data-model="dense"] .candidates >> nth=1');
      const lists = page.locator('[data-model="dense"] .candidates');
      expect(await lists.first().locator('li').count()).toBe(6);
    });

    it('says what is missing instead of asking in vain, and what is wrong', async () => {
      await page.fill('#text', 'no gap');
      await page.waitForSelector('[role="status"]:has-text("Put <mask> where a word is missing")');
      await page.fill('#text', `<mask> ${'peace '.repeat(80)}`);
      await page.waitForSelector('[data-place="browser"] [role="alert"]:has-text("this model takes 62")');
      await page.waitForSelector('[data-place="server"] [role="alert"]');
      opened.complaints.splice(0);
      await page.fill('#text', 'the <mask>');
      await expectWords(page, ['server', 'browser']);
      await expect.poll(() => page.locator('[role="alert"]').count(), patience).toBe(0);
    });

    it('is used by keyboard: tabs by arrows, a mask inserted, a token chosen', async () => {
      await page.fill('#text', 'the ');
      await page.focus('#text');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await expect.poll(() => page.inputValue('#text'), patience).toBe('the <mask>');
      await page.focus('#tab-words');
      await page.keyboard.press('ArrowRight');
      await page.waitForSelector('#tab-cells[aria-selected="true"]:focus');
      await page.waitForSelector('table.cells');
      const summary = page.locator('#panel-cells .summary');
      await page.locator('.tokens input').nth(1).focus();
      await page.keyboard.press('ArrowRight');
      await expect.poll(() => summary.locator('strong').textContent(), patience).toBe('<mask>');
      await expect
        .poll(() => summary.textContent(), patience)
        .toMatch(/4 tables of 16 cells, 2 read in each \(two-cell\)/);
      await page.keyboard.press('End');
      await page.focus('#tab-cells');
      await page.keyboard.press('Home');
      await page.waitForSelector('#panel-words');
    });

    it('raises no error, asks nothing of others and breaks no content security policy', () => {
      expect(opened.complaints).toEqual([]);
    });
  });

  describe('as a static site', () => {
    let site: Server;
    let url: string;
    let opened: Awaited<ReturnType<typeof openPage>>;
    let page: Page;

    beforeAll(async () => {
      const folder = join(tiny.folder, 'site');
      const models = ['dense', 'lookup'].map((name) => ({ name, folder: join(tiny.folder, name) }));
      await writeSite(folder, { models, examples, sentences });
      site = await serveFolder(folder);
      url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/deep/inside/`;
      opened = await openPage(browser, url, { viewport: { width: 360, height: 700 }, colorScheme: 'dark' });
      page = opened.page;
    });
    afterAll(async () => {
      await opened?.close();
      site?.closeAllConnections();
      site?.close();
    });

    it('fills masks with both models in the browser alone, from any folder', async () => {
      await expectWords(page, ['browser']);
      expect(await latency(page, 'server').count()).toBe(0);
      expect(await page.locator('footer').textContent()).toMatch(/No server computes/);
      // Measured, not demanded: a loaded machine would fail it for no fault of the page.
      const start = performance.now();
      await page.reload();
      await page.waitForSelector('.candidates li');
      console.info(
        `first words ${(performance.now() - start).toFixed(0)} ms after loading starts (tiny models)`,
      );
    });

    it('shows the cells of a token and layer that are clicked', async () => {
      await page.click('#tab-cells');
      await page.waitForSelector('table.cells tbody tr >> nth=3');
      const codes = () =>
        page.locator('table.cells tbody tr').evaluateAll((rows) => rows.map((row) => row.dataset.code));
      const before = await codes();
      const token = page.locator('.tokens label').nth(4);
      await token.click();
      const summary = page.locator('#panel-cells .summary strong');
      await expect.poll(() => summary.textContent(), patience).toBe(await token.textContent());
      await page.click('label:has-text("Layer 2")');
      await page.waitForSelector('#panel-cells .summary:has-text("in layer 2")');
      expect(await codes()).not.toEqual(before);
      // The digits are the code.
      const row = page.locator('table.cells tbody tr').first();
      const digits = await row.locator('.digit').allTextContents();
      expect(Number.parseInt(digits.join(''), 2)).toBe(Number(await row.getAttribute('data-code')));
      await page.click('label:has-text("smallest margin")');
      const sorted = async () => {
        const texts = await page.locator('table.cells tbody tr td:nth-child(4)').allTextContents();
        return texts.map(Number).every((margin, i, all) => i === 0 || all[i - 1]! <= margin);
      };
      await expect.poll(sorted, patience).toBe(true);
    });

    it('finds a sentence among those that came with it', async () => {
      await page.click('#tab-search');
      await page.waitForSelector('.progress[data-done="true"]');
      await page.fill('#query', list[17]!);
      await expect.poll(() => page.locator('.hits li').first().textContent(), patience).toContain(list[17]!);
      expect(await page.locator('.hits li').count()).toBe(10);
      expect(await page.locator('.hits .number').first().textContent()).toBe('1.00');
    });

    it('tells the health of the tables', async () => {
      await page.click('#tab-tables');
      await page.waitForSelector('#panel-tables tr[data-layer="1"]');
      await expect.poll(() => page.locator('#panel-tables canvas').count(), patience).toBe(2);
      const shares = await page.locator('#panel-tables tbody td').allTextContents();
      expect(shares).toHaveLength(6);
      for (const share of shares) expect(Number.parseFloat(share)).toBeGreaterThan(0);
    });

    it('can be stopped while it measures this machine', async () => {
      await page.click('#tab-benchmark');
      await page.click('button:has-text("Measure")');
      await page.click('button:has-text("Stop")');
      await page.waitForSelector('button:has-text("Measure")');
    });

    it('measures this machine', async () => {
      await page.click('#tab-benchmark');
      await page.click('button:has-text("Measure")');
      await page.waitForSelector('#peaks');
      await page.waitForSelector('#ffn-figures tbody tr');
      await page.waitForSelector('#panel-benchmark canvas');
      // The rest is not waited for, where it has not come to its end by now.
      const stop = page.locator('button:has-text("Stop")');
      if (await stop.isVisible()) await stop.click({ timeout: 2000 }).catch(() => {});
      await page.waitForSelector('button:has-text("Measure")');
    });

    it('fits a phone on every tab', async () => {
      for (const tab of ['words', 'cells', 'search', 'benchmark', 'tables']) {
        await page.click(`#tab-${tab}`);
        const wider = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        expect(wider, tab).toBeLessThanOrEqual(0);
      }
    });

    it('follows the colour scheme', async () => {
      const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      const dark = await ground();
      await page.emulateMedia({ colorScheme: 'light' });
      expect(await ground()).not.toBe(dark);
    });

    it('raises no error, asks nothing of others and breaks no content security policy', () => {
      expect(opened.complaints).toEqual([]);
    });
  });

  it('says what is wrong when the description is missing', async () => {
    const empty = await serveFolder(join(tiny.folder, 'site'), (path) => path.endsWith('page.json'));
    const { page, close } = await openPage(
      browser,
      `http://127.0.0.1:${(empty.address() as AddressInfo).port}/deep/inside/`,
    );
    await page.waitForSelector('[role="alert"]:has-text("page.json could not be fetched")');
    await close();
    empty.closeAllConnections();
    empty.close();
  });

  it('asks for the key of a server that wants one, and keeps the weights back', async () => {
    const locked = await serve({ models: tiny.models, port: 0, examples, shareModels: true, apiKeys: ['k'] });
    const { page, complaints, close } = await openPage(browser, locked.url);
    await page.fill('#key', 'k');
    await expectWords(page, ['server']);
    expect(await latency(page, 'browser').count()).toBe(0);
    expect((await fetch(new URL('models/0/model.safetensors', locked.url))).status).toBe(404);
    expect(complaints).toEqual([]);
    await close();
    await locked.close();
  });
});

const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
};

/** A web server that knows nothing but files, with a folder in its /deep/inside/. */
async function serveFolder(
  folder: string,
  missing: (path: string) => boolean = () => false,
): Promise<Server> {
  const files = createServer((request, response) => {
    const path = (request.url ?? '/').replace('/deep/inside/', '') || 'index.html';
    const type = types[extname(path)] ?? 'application/octet-stream';
    (missing(path) ? Promise.reject(new Error('missing')) : readFile(join(folder, path))).then(
      (body) => response.writeHead(200, { 'content-type': type }).end(body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
  return files;
}
