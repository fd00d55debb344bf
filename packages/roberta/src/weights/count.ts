import type { RobertaConfig } from '../model/config.js';
import { parameterSpecs } from '../model/parameters.js';
import { shapeLength } from './source.js';

/** Numbers of parameters, tied ones once. The parts add up to the total. */
export interface ParameterCount {
  readonly total: number;
  /** Word, position and type embeddings with their LayerNorm. */
  readonly embeddings: number;
  /** Attention of all layers with its LayerNorm. */
  readonly attention: number;
  /** FFNs of all layers, dense or look-up, with their LayerNorm. */
  readonly ffn: number;
  /** The language-model head (a decoder shared with the word embeddings counts there), and a final LayerNorm. */
  readonly head: number;
}

function partOf(name: string): Exclude<keyof ParameterCount, 'total'> {
  if (name.includes('.embeddings.')) return 'embeddings';
  if (name.includes('.attention.')) return 'attention';
  return name.includes('.encoder.layer.') ? 'ffn' : 'head';
}

/** Counts the parameters of a config without making any. */
export function countParameters(config: RobertaConfig): ParameterCount {
  const count = { total: 0, embeddings: 0, attention: 0, ffn: 0, head: 0 };
  for (const { name, shape } of parameterSpecs(config)) {
    const length = shapeLength(shape);
    count.total += length;
    count[partOf(name)] += length;
  }
  return count;
}
