import { LookupFfnError, type SafetensorsFile } from '@lookupffn/core';
import type { RobertaConfig } from '../model/config.js';
import { type ParameterSpec, parameterSpecs, poolerParameters } from '../model/parameters.js';
import { checkpointNames } from './names.js';
import { toShared } from './shared.js';
import { firstNotFinite } from './source.js';

export interface LoadWeightsOptions {
  /** Puts the arrays on shared memory, which a session's worker then reads without a copy. Default false. */
  readonly shared?: boolean;
  /** Reads BERT's pooler too where the checkpoint has it (`poolerParameters`), for fine-tuning. Default false. */
  readonly pooler?: boolean;
}

export interface LoadedWeights {
  /** Every parameter by its name in `parameterSpecs`, and in `poolerParameters` if asked for. */
  readonly weights: Map<string, Float32Array>;
  /** Tensors of the file that the model does not use, e.g. a pooler. */
  readonly unused: string[];
}

/** What loading needs of an opened checkpoint: one safetensors file, or several with an index. */
export type TensorFile = Pick<SafetensorsFile, 'name' | 'names' | 'has' | 'info' | 'readFloat32'>;

function missing(
  file: TensorFile,
  spec: ParameterSpec,
  tried: readonly string[],
  config: RobertaConfig,
): LookupFfnError {
  const [head] = /^(lm_head|cls\.predictions|classifier)\./.exec(spec.name) ?? [];
  const hint =
    head && !file.names.some((name) => name.includes(head))
      ? `The checkpoint has no ${config.head} head; with head 'none' the config takes its encoder alone.`
      : 'Do config.json and the checkpoint belong together?';
  return new LookupFfnError(
    'TENSOR_MISSING',
    `${file.name} has no tensor '${spec.name}' [${spec.shape.join(', ')}] (looked for ${tried.join(', ')}). ${hint}`,
    { file: file.name, tensor: spec.name, expected: spec.shape, tried },
  );
}

/** Throws `TENSOR_MISMATCH` for a layer that the config does not count: without it this is another model. */
function checkLayers(file: TensorFile, { numHiddenLayers: layers }: RobertaConfig): void {
  const further = file.names.find((name) => Number(/\bencoder\.layer\.(\d+)\./.exec(name)?.[1]) >= layers);
  if (further === undefined) return;
  throw new LookupFfnError(
    'TENSOR_MISMATCH',
    `${file.name} has '${further}', but num_hidden_layers of config.json is ${layers}: the layers are 0 to ${layers - 1}. Do config.json and the checkpoint belong together?`,
    { file: file.name, tensor: further, layers },
  );
}

/** Throws `TENSOR_MISMATCH` with what to look at: a vocabulary of another size is the commonest. */
function checkShape(file: TensorFile, name: string, spec: ParameterSpec, config: RobertaConfig): void {
  const { shape } = file.info(name);
  if (shape.length === spec.shape.length && shape.every((size, i) => size === spec.shape[i])) return;
  const hint =
    name.endsWith('word_embeddings.weight') && shape[0] !== config.vocabSize
      ? ` The vocabulary of config.json has ${config.vocabSize} ids, the checkpoint's ${shape[0]}.`
      : '';
  throw new LookupFfnError(
    'TENSOR_MISMATCH',
    `${file.name}: tensor '${name}' has shape [${shape}]; the model's configuration asks for [${spec.shape}].${hint}`,
    { file: file.name, tensor: name, shape, expected: spec.shape },
  );
}

async function read(file: TensorFile, name: string, spec: ParameterSpec): Promise<Float32Array> {
  const data = await file.readFloat32(name, { shape: spec.shape });
  const bad = firstNotFinite(data);
  if (bad >= 0) {
    throw new LookupFfnError(
      'NOT_FINITE',
      `${file.name}: tensor '${name}' holds ${data[bad]} at ${bad}. The checkpoint is damaged or its training diverged.`,
      { file: file.name, tensor: name, index: bad },
    );
  }
  return data;
}

/** A file may hold a tied tensor twice, but then both must agree: another decoder would be another model. */
async function checkTwin(
  file: TensorFile,
  name: string,
  twin: string,
  spec: ParameterSpec,
  data: Float32Array,
): Promise<void> {
  const other = await read(file, twin, spec);
  const at = other.findIndex((value, i) => value !== data[i]);
  if (at >= 0) {
    throw new LookupFfnError(
      'TENSOR_MISMATCH',
      `${file.name}: '${twin}' differs from '${name}' at ${at}; this model shares one between both.`,
      { file: file.name, tensor: twin, expected: name, index: at },
    );
  }
}

/**
 * Reads a model's weights from an open safetensors file, in Hugging Face's names: with or without the encoder's prefix,
 * after Lightning's `model.`, and with LayerNorm's older `gamma` and `beta`; or in those of LookupFFN's authors.
 * Throws `TENSOR_MISSING`, `TENSOR_MISMATCH` or `NOT_FINITE`, naming the tensor.
 */
export async function loadWeights(
  file: TensorFile,
  config: RobertaConfig,
  options: LoadWeightsOptions = {},
): Promise<LoadedWeights> {
  const weights = new Map<string, Float32Array>();
  const used = new Set<string>();
  const found = ({ name }: ParameterSpec) => checkpointNames(name, config).some((alias) => file.has(alias));
  const pooler = options.pooler ? poolerParameters(config).filter(found) : [];
  const specs = [...parameterSpecs(config), ...pooler];
  // Names and shapes first: the wrong checkpoint is refused before its gigabyte is read.
  for (const spec of specs) {
    const names = checkpointNames(spec.name, config);
    const name = names.find((candidate) => file.has(candidate));
    if (name === undefined) throw missing(file, spec, names, config);
    checkShape(file, name, spec, config);
  }
  checkLayers(file, config);
  for (const spec of specs) {
    const [name, ...twins] = checkpointNames(spec.name, config).filter((alias) => file.has(alias));
    const data = await read(file, name!, spec);
    for (const twin of twins) await checkTwin(file, name!, twin, spec, data);
    for (const alias of [name!, ...twins]) used.add(alias);
    weights.set(spec.name, options.shared ? toShared(data) : data);
  }
  return { weights, unused: file.names.filter((name) => !used.has(name)) };
}
