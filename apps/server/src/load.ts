import { statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { BackendFactory } from '@lookupffn/core';
import { Session } from '@lookupffn/roberta';
import { modelInfo } from './model-info.js';
import { openTokenizer } from './open-tokenizer.js';
import type { ServedModel } from './served-model.js';
import { TextCodec } from './text/codec.js';

export interface LoadOptions {
  /** Who computes; default: the registry's choice. */
  readonly backend?: BackendFactory;
  /** How the API calls the model; default: its folder's name. */
  readonly name?: string;
  readonly threads?: number;
  /** Longest text that is read at all, in UTF-16 units for each token of the model's limit; default 64. */
  readonly maxUnitsPerToken?: number;
}

/** A model's folder: a packed file stands in that of its model, where the tokenizer is. */
export const folderOf = (model: string): string =>
  statSync(model, { throwIfNoEntry: false })?.isFile() ? dirname(model) : model;

/**
 * Opens a model folder, or a packed file in one, with its tokenizer, as `lookupffn tune` found best for this machine
 * if that was run. Rejects with coded errors for missing or broken files.
 */
export async function loadServedModel(model: string, options: LoadOptions = {}): Promise<ServedModel> {
  const folder = resolve(folderOf(model));
  const { backend, threads, maxUnitsPerToken, name = basename(folder) } = options;
  const session = await Session.create({ model, backend, threads });
  try {
    const { config, info } = session;
    const codec = new TextCodec(await openTokenizer(folder), config, maxUnitsPerToken);
    // Buffers of the usual size are made, and code is compiled, before the first client waits for it.
    await session.hiddenStates([new Array<number>(codec.maxTokens).fill(config.eosTokenId)]);
    return {
      info: modelInfo(name, config),
      folder,
      backend: { name: info.backend, isa: info.isa, threads: info.threads },
      dtypes: info.dtypes,
      notes: info.notes,
      config,
      hiddenSize: config.hiddenSize,
      maskToken: codec.tokenizer.specialTokens.mask?.content ?? '<mask>',
      pooling: config.sentence?.pooling ?? 'mean',
      codec,
      session,
      dispose: () => session.dispose(),
    };
  } catch (error) {
    await session.dispose();
    throw error;
  }
}
