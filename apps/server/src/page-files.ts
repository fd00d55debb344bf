import { readFileSync } from 'node:fs';

export interface PageFile {
  readonly body: string;
  readonly type: string;
}

/** The page is three files beside the built server. */
function load(name: string, type: string): PageFile {
  return { body: readFileSync(new URL(`./page/${name}`, import.meta.url), 'utf8'), type };
}

export const pageFiles = {
  'index.html': load('index.html', 'text/html; charset=utf-8'),
  'style.css': load('style.css', 'text/css; charset=utf-8'),
  'client.js': load('client.js', 'text/javascript; charset=utf-8'),
} as const;
