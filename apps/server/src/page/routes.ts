import { Hono } from 'hono';
import type { ModelInfo } from '../api/types.js';
import { type PageFile, pageFiles } from '../page-files.js';

/** What the page is told besides the models. */
export interface PageOptions {
  /** Sentences with a mask that the page offers. */
  readonly examples?: readonly string[];
  /** Sentences that the page searches and tries the tables on; default none. */
  readonly sentences?: readonly string[];
  /** Folders of models, by name, whose files browsers may have to compute by themselves; default none. */
  readonly modelFolders?: Readonly<Record<string, string>>;
}

export interface PageModels {
  readonly models: readonly ModelInfo[];
  readonly maskToken: string;
}

/** `script-src` of the page: to compute in the browser it compiles WebAssembly; nothing comes from elsewhere. */
export const pageScriptSources = ["'self'", "'wasm-unsafe-eval'"];

/** The page and its files; everything but these is the API's. */
export function pageRoutes(_models: PageModels, _options: PageOptions = {}): Hono {
  const app = new Hono();
  const sendFile = ({ body, type }: PageFile) =>
    new Response(body, { headers: { 'content-type': type, 'cache-control': 'no-cache' } });
  app.get('/', () => sendFile(pageFiles['index.html']));
  app.get('/page/style.css', () => sendFile(pageFiles['style.css']));
  app.get('/page/client.js', () => sendFile(pageFiles['client.js']));
  return app;
}
