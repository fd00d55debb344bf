import { type Backend, Random } from '@lookupffn/core';
import { type FfnSection, type RobertaConfig, validateConfig } from '@lookupffn/roberta';
import { fitAffine, measureAffine } from './affine.js';
import { Block, type Unexplained } from './block.js';
import { capturedFile } from './capture.js';
import { type FitOptions, fitLayer, rowsToFit } from './fit-layer.js';
import { PairReader } from './pair-file.js';

export interface ApproximateInit extends FitOptions {
  readonly backend: Backend;
  /** Of the model whose layer was captured. */
  readonly config: RobertaConfig;
  readonly layer: number;
  /** Where `captureLayers` left its inputs and outputs. */
  readonly folder: string;
  /** What is to do the layer's work instead. */
  readonly ffn: FfnSection;
  /** Width of it where it is dense. */
  readonly intermediateSize?: number;
  readonly seed: number;
}

export interface Approximation {
  /** The best affine map from the normalised input, in closed form: what needs no FFN at all. */
  readonly affine: Unexplained;
  /** The FFN, at the best of its evaluations. */
  readonly fitted: Unexplained;
}

/**
 * How well another FFN, from fresh weights, learns what a dense layer does to its inputs: regression as conversion does
 * it, without a start from data or an affine path unless `ffn` has one. Measured on the last tenth of the captured
 * tokens, from which the fit takes nothing but when to stop. Throws `INVALID_CONFIG` for an FFN that cannot be.
 */
export async function approximateLayer(init: ApproximateInit): Promise<Approximation> {
  const { backend, layer, folder, ffn, seed, intermediateSize } = init;
  const inner = intermediateSize ?? init.config.intermediateSize;
  const config = validateConfig({ ...init.config, ffn, intermediateSize: inner });
  const block = new Block(backend, config, layer);
  const random = new Random(seed);
  block.initialise(random.fork('weights'));
  const reader = await PairReader.open(capturedFile(folder, layer), config.hiddenSize);
  try {
    const trainRows = rowsToFit(reader);
    const fit = await fitAffine(backend, reader, trainRows, config);
    const affine = await measureAffine(backend, reader, trainRows, fit, config);
    const fitted = await fitLayer(backend, block, reader, trainRows, fit, random.fork('batches'), init);
    return { affine, fitted };
  } finally {
    await reader.close();
  }
}
