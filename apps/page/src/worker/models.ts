import { type Backend, memorySource, openSafetensors } from '@lookupffn/core';
import {
  countParameters,
  DirectEvaluator,
  encode,
  layerLookup,
  loadWeights,
  maskedLogits,
  maxSequenceLength,
  packSequences,
  parseConfig,
  type RobertaConfig,
} from '@lookupffn/roberta';
import { Tokenizer } from '@lookupffn/tokenizer';

/** A model in the worker's memory. */
export interface Model {
  readonly config: RobertaConfig;
  readonly tokenizer: Tokenizer;
  readonly evaluator: DirectEvaluator;
  /** What a look-up block hashes with, by checkpoint name; the tables themselves are in the backend only. */
  readonly hashWeights: ReadonlyMap<string, Float32Array>;
}

/** What the page is told of an opened model. */
export interface OpenedModel {
  readonly parameters: number;
  /** Bytes of its prepared weights. */
  readonly bytes: number;
  /** Milliseconds from the first request to the first possible answer. */
  readonly milliseconds: number;
  readonly maxTokens: number;
  /** Layers with tables. */
  readonly lookupLayers: readonly number[];
  readonly ffn: RobertaConfig['ffn'];
  readonly hiddenSize: number;
}

async function fetchFile(url: URL): Promise<Response> {
  const response = await fetch(url);
  if (response.ok) return response;
  throw new Error(`${url.pathname} could not be fetched: the server said ${response.status}.`);
}

const hashParameter =
  /\.ffn\.(LayerNorm\.(weight|bias)|projection\.(weight|bias)|read\.temperature|score\.(beta|gamma))$/;

// Twins share a tokenizer, and reading a large tokenizer.json takes longer than fetching it.
const tokenizers = new Map<string, Tokenizer>();

function readTokenizer(json: string): Tokenizer {
  let tokenizer = tokenizers.get(json);
  if (!tokenizer) {
    tokenizer = Tokenizer.parse(json);
    tokenizers.set(json, tokenizer);
  }
  return tokenizer;
}

/** The files of a model folder, as they are. */
export interface ModelFiles {
  readonly config: unknown;
  readonly tokenizer: string;
  /** The safetensors file; `name` stands in errors. */
  readonly weights: { readonly name: string; readonly bytes: Uint8Array };
}

/** Fetches the files of a folder, an address with a slash at its end. */
export async function fetchFiles(folder: string): Promise<ModelFiles> {
  const file = (name: string) => fetchFile(new URL(name, folder));
  const [config, tokenizer, bytes] = await Promise.all([
    file('config.json').then((response) => response.json()),
    file('tokenizer.json').then((response) => response.text()),
    file('model.safetensors').then((response) => response.arrayBuffer()),
  ]);
  const { pathname } = new URL('model.safetensors', folder);
  return { config, tokenizer, weights: { name: pathname, bytes: new Uint8Array(bytes) } };
}

/** Makes a model ready to answer. Rejects with what is wrong with its files. */
export async function prepareModel(backend: Backend, files: ModelFiles): Promise<Model> {
  const tokenizer = readTokenizer(files.tokenizer);
  const { bos, cls, eos, sep, mask } = tokenizer.specialTokens;
  const known = { bos: (bos ?? cls)?.id, eos: (eos ?? sep)?.id, mask: mask?.id };
  const config = parseConfig(files.config, known);
  const source = memorySource(files.weights.bytes, files.weights.name);
  const { weights } = await loadWeights(await openSafetensors(source), config);
  const evaluator = new DirectEvaluator(backend, { config, weights });
  // One token through all of it prepares every weight, after which the arrays they came from are let go.
  const hidden = encode(evaluator, config, packSequences([[config.bosTokenId]], config));
  maskedLogits(evaluator, config, hidden, new Int32Array(1));
  evaluator.releaseAll();
  evaluator.seal();
  return {
    config,
    tokenizer,
    evaluator,
    hashWeights: new Map([...weights].filter(([name]) => hashParameter.test(name))),
  };
}

export function describeModel({ config, evaluator }: Model, milliseconds: number): OpenedModel {
  const layers = Array.from({ length: config.numHiddenLayers }, (_, layer) => layer);
  return {
    parameters: countParameters(config).total,
    bytes: evaluator.bytes,
    milliseconds,
    maxTokens: maxSequenceLength(config),
    lookupLayers: layers.filter((layer) => layerLookup(config, layer)),
    ffn: config.ffn,
    hiddenSize: config.hiddenSize,
  };
}

/** Ids of a text between the model's start and end tokens; too long a text is an error, or is cut when asked. */
export function encodeText({ config, tokenizer }: Model, text: string, cut = false): number[] {
  const { ids } = tokenizer.encode(text, { addSpecialTokens: false, truncation: false, padding: false });
  const limit = maxSequenceLength(config) - 2;
  if (ids.length > limit && !cut) {
    throw new Error(
      `The sentence has ${ids.length} tokens; this model takes ${limit} besides its start and end.`,
    );
  }
  return [config.bosTokenId, ...ids.slice(0, limit), config.eosTokenId];
}
