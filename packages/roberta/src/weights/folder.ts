import { mkdir, mkdtemp, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isLookupFfnError, LookupFfnError } from '@lookupffn/core';
import {
  fileError,
  readJsonFile,
  writeJsonFile,
  writeSafetensors,
  writeTextFile,
} from '@lookupffn/core/node';
import type { RobertaConfig } from '../model/config.js';
import { configToJson, type KnownFiles, parseConfig } from '../model/config-json.js';
import type { RobertaModel } from '../session/types.js';
import { openCheckpoint, weightsFile } from './checkpoint.js';
import { type LoadWeightsOptions, loadWeights } from './load.js';
import { readSentencePooling, writeSentencePooling } from './sentence.js';
import { weightTensors } from './tensors.js';
import { readTokenizerFile, tokenizerFile } from './tokenizer-files.js';
import { checkTokenizer, knownTokens } from './tokenizer-json.js';

export const configFile = 'config.json';

/**
 * A model folder as Hugging Face lays it out: config.json, model.safetensors (or shards with their index), and when
 * there are any tokenizer.json and sentence-transformers' modules.json.
 */
export interface ModelFolder extends RobertaModel {
  readonly weights: Map<string, Float32Array>;
  /** The text of tokenizer.json. */
  readonly tokenizerJson?: string;
  /** Tensors of the checkpoint that the model does not use. */
  readonly unused: readonly string[];
}

/** As `parseConfig`, with the folder in front of what is wrong: a process may open many. */
function parseNaming(folder: string, json: unknown, known: KnownFiles): RobertaConfig {
  try {
    return parseConfig(json, known);
  } catch (error) {
    if (!isLookupFfnError(error)) throw error;
    throw new LookupFfnError(error.code, `${folder}: ${error.message}`, { ...error.details, folder }, error);
  }
}

/**
 * The config of a model folder without its weights: the head is the one that config.json names. Throws as
 * `loadModelFolder`.
 */
export async function readModelConfig(folder: string): Promise<RobertaConfig> {
  const tokenizer = await readTokenizerFile(folder);
  return parseNaming(folder, await readJsonFile(join(folder, configFile)), knownTokens(tokenizer?.json));
}

/**
 * Loads a model folder. The head that config.json names is left out (`none`) where the checkpoint has nothing of it.
 * Throws `FILE_NOT_FOUND` or `FILE_IO`; `FILE_CORRUPT` for a cut-off file; `INVALID_CONFIG`, also for a tokenizer with
 * more ids than the vocabulary; `TENSOR_MISSING`, `TENSOR_MISMATCH` or `NOT_FINITE` for weights that are not this
 * config's.
 */
export async function loadModelFolder(
  folder: string,
  options: LoadWeightsOptions = {},
): Promise<ModelFolder> {
  const configJson = await readJsonFile(join(folder, configFile));
  const tokenizer = await readTokenizerFile(folder);
  const known = knownTokens(tokenizer?.json);
  // First without the weights: nobody should convert or download those of a model that is not supported.
  const named = parseNaming(folder, configJson, known);
  if (tokenizer) checkTokenizer(folder, tokenizer, named);
  const sentence = await readSentencePooling(folder);
  const tokenizerJson = tokenizer?.text;
  const file = await openCheckpoint(folder);
  try {
    const plain = parseNaming(folder, configJson, { ...known, tensors: file.names });
    const config = sentence ? { ...plain, sentence } : plain;
    const { weights, unused } = await loadWeights(file, config, options);
    return { config, weights, unused, ...(tokenizerJson === undefined ? {} : { tokenizerJson }) };
  } finally {
    await file.close();
  }
}

export interface ModelFolderContents extends RobertaModel {
  /** tokenizer.json, as text or as the value it is the JSON of. */
  readonly tokenizerJson?: unknown;
  /** Goes into the safetensors file's metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Writes everything into a folder of its own; resolves with the names, config.json last. */
async function writeParts(folder: string, contents: ModelFolderContents): Promise<string[]> {
  const { config, weights, tokenizerJson, metadata = {} } = contents;
  await writeSafetensors(join(folder, weightsFile), weightTensors(config, weights), {
    format: 'pt',
    ...metadata,
  });
  if (typeof tokenizerJson === 'string') await writeTextFile(join(folder, tokenizerFile), tokenizerJson);
  else if (tokenizerJson !== undefined) await writeJsonFile(join(folder, tokenizerFile), tokenizerJson);
  await writeJsonFile(join(folder, configFile), configToJson(config));
  const sentence = config.sentence
    ? await writeSentencePooling(folder, config.sentence, config.hiddenSize)
    : [];
  return [weightsFile, ...sentence, ...(tokenizerJson === undefined ? [] : [tokenizerFile]), configFile];
}

/**
 * Saves a model folder, making it if need be. Every file is written beside its place first and renamed only when all
 * of them are complete, config.json last: what cannot be written leaves the old folder as it was. Throws `FILE_IO` or
 * `FILE_NOT_FOUND`, and as `weightTensors` for weights that do not fit their config.
 */
export async function saveModelFolder(folder: string, contents: ModelFolderContents): Promise<void> {
  let made: string | undefined;
  let temporary: string | undefined;
  try {
    made = await mkdir(folder, { recursive: true });
    temporary = await mkdtemp(join(folder, '.saving-'));
    for (const name of await writeParts(temporary, contents)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await rename(join(temporary, name), join(folder, name));
    }
    await rm(temporary, { recursive: true });
  } catch (error) {
    if (temporary) await rm(temporary, { recursive: true, force: true }).catch(() => {});
    // Fails, as it should, when the folder has something in it by now.
    if (made) await rmdir(folder).catch(() => {});
    throw fileError(error, folder, 'save a model to');
  }
}
