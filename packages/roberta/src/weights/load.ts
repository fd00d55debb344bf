import { LookupFfnError, type SafetensorsFile } from '@lookupffn/core';
import type { RobertaConfig } from '../model/config.js';
import { modulePrefix, type ParameterSpec, parameterSpecs, tiedParameters } from '../model/parameters.js';
import { toShared } from './shared.js';
import { firstNotFinite } from './source.js';

export interface LoadWeightsOptions {
  /** Puts the arrays on shared memory, which a session's worker then reads without a copy. Default false. */
  readonly shared?: boolean;
}

export interface LoadedWeights {
  /** Every parameter by its name in `parameterSpecs`. */
  readonly weights: Map<string, Float32Array>;
  /** Tensors of the file that the model does not use, e.g. a pooler. */
  readonly unused: string[];
}

/** Names a tensor may have in the file: as in the model, without the encoder's prefix, and its tied ones. */
function aliases(name: string, config: RobertaConfig): string[] {
  const prefix = `${modulePrefix(config)}.`;
  const tied = [...tiedParameters(config)].filter(([, target]) => target === name).map(([alias]) => alias);
  return [name, ...(name.startsWith(prefix) ? [name.slice(prefix.length)] : []), ...tied];
}

function missing(file: SafetensorsFile, spec: ParameterSpec, tried: readonly string[]): LookupFfnError {
  const head = spec.name.startsWith('lm_head.') && !file.names.some((name) => name.startsWith('lm_head.'));
  const hint = head
    ? 'The checkpoint has no masked-language-model head.'
    : 'Do config.json and the checkpoint belong together?';
  return new LookupFfnError(
    'TENSOR_MISSING',
    `${file.name} has no tensor '${spec.name}' [${spec.shape.join(', ')}] (looked for ${tried.join(', ')}). ${hint}`,
    { file: file.name, tensor: spec.name, expected: spec.shape, tried },
  );
}

async function read(file: SafetensorsFile, name: string, spec: ParameterSpec): Promise<Float32Array> {
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
  file: SafetensorsFile,
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
 * Reads a model's weights from an open safetensors file, in Hugging Face's names with or without the encoder's prefix.
 * Throws `TENSOR_MISSING`, `TENSOR_MISMATCH` or `NOT_FINITE`, naming the tensor.
 */
export async function loadWeights(
  file: SafetensorsFile,
  config: RobertaConfig,
  options: LoadWeightsOptions = {},
): Promise<LoadedWeights> {
  const weights = new Map<string, Float32Array>();
  const used = new Set<string>();
  const specs = parameterSpecs(config);
  // Names and shapes first: the wrong checkpoint is refused before its gigabyte is read.
  for (const spec of specs) {
    const names = aliases(spec.name, config);
    if (!names.some((name) => file.has(name))) throw missing(file, spec, names);
  }
  for (const spec of specs) {
    const [name, ...twins] = aliases(spec.name, config).filter((alias) => file.has(alias));
    const data = await read(file, name!, spec);
    for (const twin of twins) await checkTwin(file, name!, twin, spec, data);
    for (const found of [name!, ...twins]) used.add(found);
    weights.set(spec.name, options.shared ? toShared(data) : data);
  }
  return { weights, unused: file.names.filter((name) => !used.has(name)) };
}
