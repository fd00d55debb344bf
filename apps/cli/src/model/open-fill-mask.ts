import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { resolveFactory } from '@lookupffn/auto';
import { LookupFfnError } from '@lookupffn/core';
import { type FillMaskPipeline, pipeline } from '@lookupffn/roberta';
import { folderOf, openTokenizer } from '@lookupffn/server';
import type { Tokenizer } from '@lookupffn/tokenizer';
import { type BackendFlags, resolveOptions } from '../ui/backend-flags.js';
import type { Kernel } from './kernel.js';

export interface OpenedFillMask {
  readonly pipeline: FillMaskPipeline;
  readonly tokenizer: Tokenizer;
  readonly kernel: Kernel;
  /** What one should know of how it was opened. */
  readonly notes: readonly string[];
}

/** Throws `FILE_NOT_FOUND` in words that fit what people mistype: a folder that is none, or is no model's. */
export function requireModelFolder(folder: string): void {
  if (existsSync(join(folder, 'config.json'))) return;
  const stat = statSync(folder, { throwIfNoEntry: false });
  let what = 'there is no such folder';
  if (stat?.isFile()) what = 'it is a file, and this command needs the folder, unpacked';
  else if (stat) what = 'it has no config.json, so it is no model folder';
  throw new LookupFfnError(
    'FILE_NOT_FOUND',
    `${folder}: ${what}. Give the folder of a trained model, e.g. runs/demo/lookup after \`lookupffn demo\`.`,
    { path: folder },
  );
}

/** The same for a model that may be a packed file. */
export function requireModel(model: string): void {
  requireModelFolder(folderOf(model));
}

/** Loads a model folder or a packed file with its tokenizer, on a thread of its own where the backend can have one. */
export async function openFillMask(model: string, flags: BackendFlags): Promise<OpenedFillMask> {
  requireModel(model);
  const tokenizer = await openTokenizer(folderOf(model));
  const backend = await resolveFactory(resolveOptions(flags));
  const opened = await pipeline('fill-mask', { model, backend, threads: flags.threads, tokenizer });
  const { backend: name, isa, threads, notes } = opened.session.info;
  return { pipeline: opened, tokenizer, kernel: { backend: name, isa, threads }, notes };
}
