import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random, referenceFactory } from '@lookupffn/core';
import { defineConfig, initialWeights } from '@lookupffn/roberta';
import { saveModelFolder } from '@lookupffn/roberta/node';
import { loadServedModel, type RunningServer, type ServedModel, serve } from '@lookupffn/server';
import { trainByteLevelBpe } from '@lookupffn/tokenizer';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumArguments, chromiumPath } from './browser.js';

if (!chromiumPath) {
  console.warn(
    'SKIPPED: the page in a real browser. No Chromium here; install one (Debian: apt-get install chromium) or set CHROMIUM_PATH.',
  );
}

const words = ['the people of the United States', 'a nation of laws', 'peace and commerce with the world'];
let folder: string;
let models: ServedModel[];
let server: RunningServer;

/** Two real, untrained models: what they say is noise, that they say it is the test. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lookupffn-page-'));
  const tokenizer = await trainByteLevelBpe(words, { vocabularySize: 300 });
  const size = {
    vocabSize: tokenizer.vocabularySize,
    hiddenSize: 16,
    numHiddenLayers: 2,
    numAttentionHeads: 2,
  };
  const lookup = {
    kind: 'lookup',
    tables: 4,
    bits: 4,
    projection: 'bh4',
    block: 4,
    stages: 4,
    read: 'two-cell',
  } as const;
  const ffns = {
    dense: { kind: 'dense' } as const,
    lookup: { ...lookup, temperature: true, scorePower: false, skip: false },
  };
  models = [];
  for (const [name, ffn] of Object.entries(ffns)) {
    const config = defineConfig({ ...size, intermediateSize: 32, maxPositionEmbeddings: 66, ffn });
    const weights = initialWeights(config, new Random(1));
    await saveModelFolder(join(folder, name), { config, weights, tokenizerJson: tokenizer.toJSON() });
    models.push(await loadServedModel(join(folder, name), { backend: referenceFactory }));
  }
  server = await serve({ models, port: 0, examples: ['the people of the United <mask>'] });
});

afterAll(async () => {
  await server?.close();
  for (const model of models ?? []) await model.dispose();
  await rm(folder, { recursive: true, force: true });
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
    await expect(serve({ models, port })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('says which file is missing', async () => {
    await expect(loadServedModel(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });
});

describe.skipIf(!chromiumPath)('the page in a real browser', () => {
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumArguments });
    page = await browser.newPage();
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(server.url);
  });
  afterAll(() => browser?.close());

  it('fills the first example with both models, latency shown', async () => {
    await page.waitForSelector('[data-model="dense"] .candidates li');
    await page.waitForSelector('[data-model="lookup"] .candidates li');
    expect(await page.locator('.latency').allTextContents()).toEqual([
      expect.stringMatching(/^\d+\.\d\d ms$/),
      expect.stringMatching(/^\d+\.\d\d ms$/),
    ]);
  });

  it('answers a sentence that is typed, with a list per mask', async () => {
    await page.fill('#text', '');
    await page.locator('#text').pressSequentially('a <mask> of <mask>');
    await page.waitForSelector('[data-model="lookup"] .candidates >> nth=1');
    expect(await page.locator('[data-model="dense"] .candidates').first().locator('li').count()).toBe(6);
  });

  it('says what is missing instead of asking in vain', async () => {
    await page.fill('#text', 'no gap');
    await page.waitForSelector('#status:has-text("<mask>")');
  });

  it('inserts a mask by keyboard', async () => {
    await page.fill('#text', 'the ');
    await page.focus('#insert');
    await page.keyboard.press('Enter');
    expect(await page.inputValue('#text')).toBe('the <mask>');
  });

  it('raises no error and breaks no content security policy', () => {
    expect(complaints).toEqual([]);
  });
});
