import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportHtml } from '../src/report/html.js';
import type { DemoReport } from '../src/report/report.js';
import { temporaryFolder } from './cli.js';
import { sampleReport } from './sample-report.js';

const browserPath = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path && existsSync(path));

if (!browserPath) {
  console.warn(
    'SKIPPED: the report in a real browser. No Chromium here; install one (Debian: apt-get install chromium) or set CHROMIUM_PATH.',
  );
}

const lossCurve = [9, 8, 7.5, 7.2].map((value, i) => ({ step: i + 1, value }));
const report: DemoReport = {
  ...sampleReport,
  models: { ...sampleReport.models, lookup: { ...sampleReport.models.lookup, lossCurve } },
};

/** Runs in the page. Text, for tests are compiled without the browser's types. */
const lookupCurveIsDrawn = `(() => {
  const colour = getComputedStyle(document.documentElement).getPropertyValue('--lookup').trim();
  const wanted = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  const canvas = document.querySelector('canvas');
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  for (let i = 0; i < data.length; i += 4) {
    if (wanted.every((value, c) => Math.abs(data[i + c] - value) < 8) && data[i + 3] > 200) return true;
  }
  return false;
})()`;

describe.runIf(browserPath)('the report in a real browser', () => {
  let browser: Browser;
  let url: string;

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: browserPath!,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
    const path = join(temporaryFolder(), 'report.html');
    writeFileSync(path, reportHtml(report));
    url = pathToFileURL(path).href;
  });

  afterAll(() => browser?.close());

  it.each(['light', 'dark'] as const)(
    'draws both curves in the %s scheme and asks for nothing',
    async (scheme) => {
      const page = await browser.newPage({ colorScheme: scheme, viewport: { width: 500, height: 900 } });
      const requests: string[] = [];
      const errors: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      page.on('pageerror', (error) => errors.push(String(error)));
      page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
      await page.goto(url);
      await page.waitForSelector('.chart canvas');
      const legend = await page.locator('.chart .u-legend').textContent();
      expect(legend).toMatch(/Dense FFN[\s\S]*LookupFFN/);
      // Something is drawn in the colour that the scheme gives the look-up curve.
      expect(await page.evaluate(lookupCurveIsDrawn)).toBe(true);
      expect(requests).toEqual([url]);
      expect(errors).toEqual([]);
      // No sideways scrolling on a narrow screen.
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(500);
      await page.close();
    },
  );
});
