import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Backend, Random } from '@lookupffn/core';
import { openSafetensorsFile, writeSafetensors } from '@lookupffn/core/node';
import type { ParameterSpec, RobertaConfig } from '@lookupffn/roberta';
import { fitAffine } from './affine.js';
import { Block, type Unexplained } from './block.js';
import { capturedFile } from './capture.js';
import { fitLayer, measureBlock, rowsToFit } from './fit-layer.js';
import { type ConvertOptions, convertedConfig } from './options.js';
import { PairReader } from './pair-file.js';
import { warmStart } from './warm-start.js';

/** What fitting one layer came to, on rows that the fit has not seen. */
export interface LayerReport {
  readonly layer: number;
  readonly affine: Unexplained;
  readonly warmStart: Unexplained;
  readonly fitted: Unexplained;
}

export interface FittedLayer {
  readonly report: LayerReport;
  /** The block's parameters by name. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** Those of its affine path, as they were fitted alone. */
  readonly affine: ReadonlyMap<string, Float32Array>;
}

export interface FitLayerInit {
  readonly backend: Backend;
  /** The dense model's. */
  readonly config: RobertaConfig;
  readonly layer: number;
  readonly options: ConvertOptions;
  /** Holds what was captured; the fitted layer is kept there too. */
  readonly folder: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (what: string, done: number, total: number) => void;
}

export const fittedFile = (folder: string, layer: number) => join(folder, `layer-${layer}.safetensors`);

const isAffine = ({ name }: ParameterSpec) =>
  /\.ffn\.(LayerNorm\.(weight|bias)|bias|skip\.weight)$/.test(name);

async function save(path: string, { specs }: Block, { report, weights, affine }: FittedLayer): Promise<void> {
  const tensors = [
    ...specs.map(({ name, shape }) => ({ name, shape, data: weights.get(name)! })),
    ...specs
      .filter(isAffine)
      .map(({ name, shape }) => ({ name: `affine.${name}`, shape, data: affine.get(name)! })),
  ];
  await writeSafetensors(
    path,
    tensors.map((tensor) => ({ ...tensor, dtype: 'F32' as const })),
    { report: JSON.stringify(report) },
  );
}

async function load(path: string, { specs }: Block): Promise<FittedLayer> {
  const file = await openSafetensorsFile(path);
  try {
    const weights = new Map<string, Float32Array>();
    const affine = new Map<string, Float32Array>();
    for (const { name, shape } of specs) weights.set(name, await file.readFloat32(name, { shape }));
    for (const { name, shape } of specs.filter(isAffine)) {
      affine.set(name, await file.readFloat32(`affine.${name}`, { shape }));
    }
    return { report: JSON.parse(file.metadata.report!) as LayerReport, weights, affine };
  } finally {
    await file.close();
  }
}

/** The affine baseline of one layer, the start from data, the fit; or what an earlier call left of it. */
export async function fittedLayer(init: FitLayerInit): Promise<FittedLayer> {
  const { backend, config, layer, options, folder, signal, onProgress } = init;
  const block = new Block(backend, convertedConfig(config, [layer], options), layer);
  const path = fittedFile(folder, layer);
  if (existsSync(path)) return load(path, block);
  const reader = await PairReader.open(capturedFile(folder, layer), config.hiddenSize);
  const random = new Random(options.seed).fork(`layer ${layer}`);
  try {
    const trainRows = rowsToFit(reader);
    onProgress?.(`layer ${layer}: affine map`, 0, 1);
    const fit = await fitAffine(backend, reader, trainRows, config);
    await warmStart(backend, block, reader, trainRows, fit, random, config.layerNormEps);
    const start = await measureBlock(block, reader, trainRows, fit);
    const tables = block.data('tables').slice();
    block.data('tables').fill(0);
    const baseline = await measureBlock(block, reader, trainRows, fit);
    const affine = new Map(
      block.specs.filter(isAffine).map(({ name }) => [name, block.parameters.get(name).data.slice()]),
    );
    block.data('tables').set(tables);
    const fitted = await fitLayer(backend, block, reader, trainRows, fit, random, {
      ...options,
      signal,
      onProgress: (step, steps, share) =>
        onProgress?.(`layer ${layer}: ${(100 * share).toFixed(2)}% unexplained`, step, steps),
    });
    const report = { layer, affine: baseline, warmStart: start, fitted };
    const weights = new Map([...block.parameters.weights].map(([name, data]) => [name, data.slice()]));
    const result = { report, weights, affine };
    await save(path, block, result);
    return result;
  } finally {
    await reader.close();
  }
}
