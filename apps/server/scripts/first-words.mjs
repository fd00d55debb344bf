// How long a visitor of a static site waits for the first words: `node apps/server/scripts/first-words.mjs SITE [loads]`.
// SITE is what `lookupffn page -o SITE` wrote. Each load is a browser context of its own, so nothing is cached.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { chromium } from 'playwright-core';

const [site, loads = '7'] = process.argv.slice(2);
if (!site) {
  console.error('Usage: first-words.mjs SITE [loads]; SITE is a folder that `lookupffn page` wrote.');
  process.exit(2);
}

const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };
const server = createServer((request, response) => {
  const name = request.url === '/' ? 'index.html' : request.url;
  readFile(join(site, name)).then(
    (body) => response.writeHead(200, { 'content-type': types[extname(name)] ?? '' }).end(body),
    () => response.writeHead(404).end(),
  );
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${server.address().port}/`;

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const waits = [];
for (let i = 0; i < Number(loads); i++) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const start = performance.now();
  await page.goto(url);
  await page.waitForSelector('.candidates li');
  waits.push(performance.now() - start);
  await context.close();
}
await browser.close();
server.close();

waits.sort((a, b) => a - b);
const shown = (ms) => `${Math.round(ms)} ms`;
console.log(
  `First words after loading starts: median ${shown(waits[waits.length >> 1])}, best ${shown(waits[0])}, worst ${shown(waits.at(-1))} of ${waits.length} loads`,
);
