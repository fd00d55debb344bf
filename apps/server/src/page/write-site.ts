import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { LookupFfnError } from '@lookupffn/core';
import { fileError, writeJsonFile } from '@lookupffn/core/node';
import { loadModelFolder, saveModelFolder } from '@lookupffn/roberta/node';
import type { ModelInfo } from '../api/types.js';
import { modelInfo } from '../model-info.js';
import { openTokenizer } from '../open-tokenizer.js';
import { describePage, modelPlace, sentencesFile } from './describe.js';
import { readPageFiles } from './files.js';
import type { PageOptions } from './routes.js';

const descriptionFile = 'page.json';

export interface SiteOptions extends Pick<PageOptions, 'examples' | 'sentences'> {
  readonly models: readonly { readonly name: string; readonly folder: string }[];
}

export interface WrittenSite {
  /** Full path. */
  readonly folder: string;
  readonly bytes: number;
}

/** Reads all of a model, so that a broken one is found here and not by whoever visits the site. */
async function openModel({ name, folder }: SiteOptions['models'][number]) {
  const { config, weights } = await loadModelFolder(folder);
  if (config.head !== 'masked-lm') {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `${folder} has no masked-language-model head, and filling masks is what the page does.`,
      { folder },
    );
  }
  const tokenizer = await openTokenizer(folder);
  const maskToken = tokenizer.specialTokens.mask?.content;
  return { info: modelInfo(name, config), config, weights, tokenizerJson: tokenizer.toJSON(), maskToken };
}

/** Throws `INVALID_ARGUMENT` for a folder with anything but an earlier site in it. */
async function requireReplaceable(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw fileError(error, folder, 'write a site to');
  });
  if (entries.length === 0 || entries.includes(descriptionFile)) return;
  throw new LookupFfnError(
    'INVALID_ARGUMENT',
    `${folder} is not empty and no earlier site (it has no ${descriptionFile}); nothing in it was touched. Give another folder.`,
    { folder },
  );
}

async function fill(folder: string, { models, examples = [], sentences }: SiteOptions): Promise<void> {
  for (const { name, body } of readPageFiles()) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), body);
  }
  const infos: ModelInfo[] = [];
  let maskToken = '<mask>';
  for (const [n, given] of models.entries()) {
    const model = await openModel(given);
    infos.push(model.info);
    if (n === 0) maskToken = model.maskToken ?? maskToken;
    // Written anew, for browsers fetch one file of weights and a checkpoint may come in shards.
    await saveModelFolder(join(folder, modelPlace(n)), model);
  }
  if (sentences) await writeJsonFile(join(folder, sentencesFile), await sentences.read());
  const description = describePage({
    models: infos.map((info) => ({ info, shared: true })),
    maskToken,
    examples,
    sentencesFrom: sentences?.from ?? null,
    server: null,
  });
  await writeJsonFile(join(folder, descriptionFile), description);
}

async function bytesOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * Writes the page with models and sentences as files that any web server can send; all of it then runs in the browser.
 * The folder gets its name when the site is whole; an earlier site there is replaced. Throws `INVALID_ARGUMENT` for a
 * folder with something else in it, and as `loadModelFolder` for broken models.
 */
export async function writeSite(out: string, options: SiteOptions): Promise<WrittenSite> {
  const folder = resolve(out);
  if (options.models.length === 0) throw new LookupFfnError('INVALID_ARGUMENT', 'A site needs a model.');
  await requireReplaceable(folder);
  const beside = (what: string) =>
    join(dirname(folder), `.${basename(folder)}.${randomBytes(4).toString('hex')}.${what}`);
  const [fresh, old] = [beside('new'), beside('old')];
  try {
    await mkdir(fresh, { recursive: true });
    await fill(fresh, options);
    // A folder cannot take another's name while that one has something in it.
    await rename(folder, old).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    await rename(fresh, folder).catch(async (error) => {
      await rename(old, folder).catch(() => {});
      throw error;
    });
    await rm(old, { recursive: true, force: true });
    return { folder, bytes: await bytesOf(folder) };
  } catch (error) {
    await rm(fresh, { recursive: true, force: true }).catch(() => {});
    throw fileError(error, folder, 'write a site to');
  }
}
