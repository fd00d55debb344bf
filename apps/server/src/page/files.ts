import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of the built page. */
export interface PageFile {
  /** Relative to the page's folder, with forward slashes. */
  readonly name: string;
  readonly body: Buffer<ArrayBuffer>;
  readonly type: string;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

/** The page as its own build left it beside the built server; a few files of some hundred kilobytes. */
export function readPageFiles(): PageFile[] {
  const folder = fileURLToPath(new URL('./page/', import.meta.url));
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const name = path.slice(folder.length).replaceAll('\\', '/');
      return { name, body: readFileSync(path), type: types[extname(name)] ?? 'application/octet-stream' };
    });
}
