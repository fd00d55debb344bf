import { createReadStream, existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Context, Hono } from 'hono';
import { ApiError } from '../api/errors.js';
import { json } from '../api/json.js';
import type { ServedModel } from '../served-model.js';
import { describePage, modelFiles, modelPlace, sentencesFile, tokenizerFile } from './describe.js';
import { type PageFile, readPageFiles } from './files.js';

/** Sentences for the page. */
export interface PageSentences {
  /** Where they are from, for people. */
  readonly from: string;
  /** Called once, when a page first asks. */
  read(): Promise<readonly string[]>;
}

/** What the page is told besides the models. */
export interface PageOptions {
  /** Sentences with a mask that the page offers. */
  readonly examples?: readonly string[];
  /** What the page searches and tries the tables on; default none. */
  readonly sentences?: PageSentences;
  /**
   * Whether browsers may have the files of models that came from folders, to compute by themselves; default false, and
   * never where a key is needed.
   */
  readonly shareModels?: boolean;
}

/** `script-src` of the page: to compute in the browser it compiles WebAssembly; nothing comes from elsewhere. */
export const pageScriptSources = ["'self'", "'wasm-unsafe-eval'"];

/** More than this no page should fetch without being asked to. */
const mostSharedBytes = 256e6;

/** The folder of a model that browsers may have. */
async function sharedFolder({ folder }: ServedModel): Promise<string | undefined> {
  if (folder === undefined) return undefined;
  const onDisk = modelFiles.filter((name) => name !== tokenizerFile);
  const sizes = await Promise.all(onDisk.map((name) => stat(join(folder, name)).then(({ size }) => size)));
  return sizes.reduce((sum, size) => sum + size, 0) <= mostSharedBytes ? folder : undefined;
}

/** A file as it is on disk now, in pieces. */
async function sendFromDisk(path: string, type: string): Promise<Response> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) throw new ApiError('NOT_FOUND', 'This model is not on disk any more.');
  const headers = { 'content-type': type, 'content-length': String(found.size), 'cache-control': 'no-cache' };
  return new Response(Readable.toWeb(createReadStream(path)) as ReadableStream, { headers });
}

function sendPageFile({ name, body, type }: PageFile): Response {
  // Names of assets hold a hash of what is in them.
  const caching = name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
  return new Response(body, { headers: { 'content-type': type, 'cache-control': caching } });
}

/** The page and its files; everything but these is the API's. */
export function pageRoutes(
  served: readonly ServedModel[],
  options: PageOptions & { readonly apiKeys?: readonly string[] } = {},
): Hono {
  const { examples = [], sentences, shareModels = false, apiKeys = [] } = options;
  const needsKey = apiKeys.length > 0;
  const models = served.filter(({ config }) => config.head === 'masked-lm');
  const app = new Hono();
  const get = (path: string, send: (c: Context) => Response | Promise<Response>) =>
    app.get(path, (c) => {
      c.set('route', 'page');
      return send(c);
    });
  for (const file of readPageFiles()) {
    get(file.name === 'index.html' ? '/' : `/${file.name}`, () => sendPageFile(file));
  }

  const folderOf = async (model: ServedModel) =>
    shareModels && !needsKey ? sharedFolder(model).catch(() => undefined) : undefined;
  get('/page.json', async (c) => {
    const folders = await Promise.all(models.map(folderOf));
    const { name, isa, threads } = models[0]?.backend ?? { name: 'nothing', isa: '', threads: 0 };
    const label = `${name} (${isa}), ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
    return c.json(
      describePage({
        models: models.map(({ info }, n) => ({ info, shared: folders[n] !== undefined })),
        maskToken: models[0]?.maskToken ?? '<mask>',
        examples,
        sentencesFrom: sentences?.from ?? null,
        server: { fillMask: 'fill-mask', label, needsKey },
      }),
      200,
      { 'cache-control': 'no-cache' },
    );
  });

  let read: Promise<readonly string[]> | undefined;
  get(`/${sentencesFile}`, async (c) => {
    if (!sentences) throw new ApiError('NOT_FOUND', 'This server has no sentences.');
    read ??= sentences.read();
    try {
      return c.json(await read, 200, { 'cache-control': 'no-cache' });
    } catch (error) {
      // The disk may be back the next time.
      read = undefined;
      throw new ApiError('NOT_FOUND', `The sentences could not be read: ${(error as Error).message}`);
    }
  });

  for (const [n, model] of models.entries()) {
    for (const name of modelFiles) {
      get(`/${modelPlace(n)}${name}`, async () => {
        const folder = await folderOf(model);
        if (folder === undefined) throw new ApiError('NOT_FOUND', 'Browsers do not get this model.');
        const path = join(folder, name);
        // The folder may have a vocab.txt in its place.
        if (name === tokenizerFile && !existsSync(path)) return json(model.codec.tokenizer.toJSON());
        return sendFromDisk(path, name.endsWith('.json') ? 'application/json' : 'application/octet-stream');
      });
    }
  }
  return app;
}
