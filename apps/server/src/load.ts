import { basename, resolve } from 'node:path';
import { type BackendFactory, LookupFfnError } from '@lookupffn/core';
import { Session } from '@lookupffn/roberta';
import { loadModelFolder } from '@lookupffn/roberta/node';
import { Tokenizer } from '@lookupffn/tokenizer';
import { modelInfo } from './model-info.js';
import type { ServedModel } from './served-model.js';
import { TextCodec } from './text/codec.js';

export interface LoadOptions {
  /** Who computes; default: the registry's choice. */
  readonly backend?: BackendFactory;
  /** How the API calls the model; default: the folder's name. */
  readonly name?: string;
  readonly threads?: number;
  /** Longest text that is read at all, in UTF-16 units for each token of the model's limit; default 64. */
  readonly maxUnitsPerToken?: number;
}

/** Opens a model folder with its tokenizer. Rejects with coded errors for missing or broken files. */
export async function loadServedModel(folder: string, options: LoadOptions = {}): Promise<ServedModel> {
  const { backend, threads, maxUnitsPerToken, name = basename(resolve(folder)) } = options;
  const { config, weights, tokenizerJson } = await loadModelFolder(folder);
  if (tokenizerJson === undefined) {
    throw new LookupFfnError(
      'FILE_NOT_FOUND',
      `${folder} has no tokenizer.json: without it text cannot be served.`,
      { folder },
    );
  }
  const codec = new TextCodec(Tokenizer.fromJSON(JSON.parse(tokenizerJson)), config, maxUnitsPerToken);
  const session = await Session.create({ model: { config, weights }, backend, threads });
  try {
    // Buffers of the usual size are made, and code is compiled, before the first client waits for it.
    const { maxTokens } = codec;
    await session.hiddenStates([new Array<number>(maxTokens).fill(config.eosTokenId)]);
  } catch (error) {
    await session.dispose();
    throw error;
  }
  return {
    info: modelInfo(name, config),
    folder: resolve(folder),
    backend: { name: session.info.backend, isa: session.info.isa, threads: session.info.threads },
    dtypes: session.info.dtypes,
    config,
    hiddenSize: config.hiddenSize,
    maskToken: codec.tokenizer.specialTokens.mask?.content ?? '<mask>',
    pooling: config.sentence?.pooling ?? 'mean',
    codec,
    session,
    dispose: () => session.dispose(),
  };
}
