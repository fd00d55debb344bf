import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Backend, LookupFfnError, Random } from '@lookupffn/core';
import { openSafetensorsFile, readJsonFile, writeJsonFile, writeSafetensors } from '@lookupffn/core/node';
import { parameterSpecs, type RobertaConfig, type RobertaModel } from '@lookupffn/roberta';
import { fitAffine } from './affine.js';
import { Block, type Unexplained } from './block.js';
import { capturedFile, captureLayers } from './capture.js';
import { distil } from './distil.js';
import { meanCosine, meanVectors } from './fidelity.js';
import { fitLayer, measureBlock } from './fit-layer.js';
import { type ConvertOptions, candidateLayers, convertDefaults, convertedConfig } from './options.js';
import { PairReader } from './pair-file.js';
import { warmStart } from './warm-start.js';

/** What fitting one layer came to, on rows that the fit has not seen. */
export interface LayerReport {
  readonly layer: number;
  readonly affine: Unexplained;
  readonly warmStart: Unexplained;
  readonly fitted: Unexplained;
}

/** Mean cosine between dense and converted embeddings of held-out texts, with so many layers converted. */
export interface BudgetPoint {
  readonly layers: readonly number[];
  readonly affine: number;
  readonly lookup: number;
}

export interface ConversionReport {
  readonly layers: readonly LayerReport[];
  readonly budget: readonly BudgetPoint[];
  /** The layers that were converted. */
  readonly chosen: readonly number[];
  /** Mean cosine with the dense model after end-to-end distillation. */
  readonly distilled: number;
}

export interface ConvertInit {
  readonly model: RobertaModel;
  readonly backend: Backend;
  /** Token ids of texts, special tokens included. */
  readonly sequences: readonly number[][];
  /** Where captured activations and fitted layers are kept, so that a stopped conversion goes on. */
  readonly folder: string;
  readonly options?: Partial<ConvertOptions>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (what: string, done: number, total: number) => void;
}

export interface Conversion {
  readonly model: RobertaModel;
  /** The same layers as affine maps alone, not distilled: what a conversion must beat. */
  readonly affineOnly: RobertaModel;
  readonly report: ConversionReport;
}

interface Fitted {
  readonly report: LayerReport;
  /** By parameter name. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly affine: ReadonlyMap<string, Float32Array>;
}

const heldOutTexts = 256;
const heldOutShare = 0.1;

async function saveFitted(path: string, block: Block, fitted: Fitted): Promise<void> {
  const list = [
    ...block.specs.map(({ name, shape }) => ({ name, shape, data: fitted.weights.get(name)! })),
    ...block.specs
      .filter(({ kind }) => kind !== 'table')
      .map(({ name, shape }) => ({ name: `affine.${name}`, shape, data: fitted.affine.get(name)! })),
  ];
  await writeSafetensors(
    path,
    list.map((tensor) => ({ ...tensor, dtype: 'F32' as const })),
    { report: JSON.stringify(fitted.report) },
  );
}

async function loadFitted(path: string, block: Block): Promise<Fitted> {
  const file = await openSafetensorsFile(path);
  try {
    const weights = new Map<string, Float32Array>();
    const affine = new Map<string, Float32Array>();
    for (const { name, shape, kind } of block.specs) {
      weights.set(name, await file.readFloat32(name, { shape }));
      const zeros = () => new Float32Array(weights.get(name)!.length);
      affine.set(name, kind === 'table' ? zeros() : await file.readFloat32(`affine.${name}`, { shape }));
    }
    return { report: JSON.parse(file.metadata.report!) as LayerReport, weights, affine };
  } finally {
    await file.close();
  }
}

/** Steps 2 and 3 of a conversion for one layer: the affine baseline, the start from data, the fit. */
async function convertLayer(init: ConvertInit, options: ConvertOptions, layer: number): Promise<Fitted> {
  const { model, backend, folder, signal, onProgress } = init;
  const { config } = model;
  const block = new Block(backend, convertedConfig(config, [layer], options), layer);
  const path = join(folder, `layer-${layer}.safetensors`);
  if (existsSync(path)) return loadFitted(path, block);
  const reader = await PairReader.open(capturedFile(folder, layer), config.hiddenSize);
  const random = new Random(options.seed).fork(`layer ${layer}`);
  try {
    const trainRows = Math.floor(reader.rows * (1 - heldOutShare));
    onProgress?.(`layer ${layer}: affine map`, 0, 1);
    const affine = await fitAffine(backend, reader, trainRows, config.layerNormEps);
    await warmStart(backend, block, reader, trainRows, affine, random, config.layerNormEps);
    const start = await measureBlock(block, reader, trainRows, affine.variance);
    const tables = block.data('tables').slice();
    block.data('tables').fill(0);
    const baseline = await measureBlock(block, reader, trainRows, affine.variance);
    const affineWeights = copyOf(block);
    block.data('tables').set(tables);
    const fitted = await fitLayer(backend, block, reader, trainRows, affine, random, {
      ...options,
      signal,
      onProgress: (step, steps, share) =>
        onProgress?.(`layer ${layer}: ${(100 * share).toFixed(2)}% unexplained`, step, steps),
    });
    const report = { layer, affine: baseline, warmStart: start, fitted };
    const result = { report, weights: copyOf(block), affine: affineWeights };
    await saveFitted(path, block, result);
    return result;
  } finally {
    await reader.close();
  }
}

const copyOf = ({ parameters }: Block) =>
  new Map([...parameters.weights].map(([name, data]) => [name, data.slice()]));

/** The dense model with some layers' FFNs replaced. */
function assemble(
  dense: RobertaModel,
  config: RobertaConfig,
  layers: ReadonlyMap<string, Float32Array>,
): RobertaModel {
  const weights = new Map<string, Float32Array>();
  for (const { name } of parameterSpecs(config))
    weights.set(name, layers.get(name) ?? dense.weights.get(name)!);
  return { config, weights };
}

/** A stopped conversion goes on only with the settings and texts that it was begun with. */
async function openFolder(folder: string, settings: unknown): Promise<void> {
  const path = join(folder, 'convert.json');
  await mkdir(folder, { recursive: true });
  if (!existsSync(path)) return writeJsonFile(path, settings);
  if (JSON.stringify(await readJsonFile(path)) === JSON.stringify(settings)) return;
  throw new LookupFfnError(
    'RUN_MISMATCH',
    `${folder} holds a conversion with other settings or texts. Remove it, or convert into another folder.`,
    { folder },
  );
}

/**
 * Converts FFNs of a dense model to look-ups: captures activations, fits each layer to them, chooses layers, and
 * distils the whole towards the dense model. Rejects with `ABORTED`, after which the same call goes on from the layers
 * that are done; `RUN_MISMATCH` for a folder of other settings; `CORPUS_INVALID` for too little text.
 */
export async function convertModel(init: ConvertInit): Promise<Conversion> {
  const { model, backend, folder, sequences, signal, onProgress } = init;
  const options = { ...convertDefaults, ...init.options };
  const candidates = candidateLayers(model.config, options);
  const held = sequences.slice(0, heldOutTexts);
  const train = sequences.slice(heldOutTexts);
  const tokens = train.reduce((sum, { length }) => sum + length, 0);
  if (tokens < 4 * options.batchTokens) {
    throw new LookupFfnError(
      'CORPUS_INVALID',
      `There are ${tokens} tokens of text beside ${held.length} held-out texts; give at least ${4 * options.batchTokens}.`,
      { tokens },
    );
  }
  await openFolder(folder, {
    options: { ...options, maxLoss: null, distilSteps: null },
    texts: sequences.length,
    tokens,
  });
  const missing = candidates.filter((layer) => !existsSync(join(folder, `layer-${layer}.safetensors`)));
  const uncaptured = missing.filter((layer) => !existsSync(capturedFile(folder, layer)));
  if (uncaptured.length > 0) {
    await captureLayers({
      model,
      backend,
      sequences: train,
      layers: uncaptured,
      folder,
      signal,
      onProgress: (done, total) => onProgress?.('running the dense model', done, total),
    });
  }
  const fitted = new Map<number, Fitted>();
  for (const layer of candidates) {
    fitted.set(layer, await convertLayer(init, options, layer));
    await rm(capturedFile(folder, layer), { force: true });
  }
  const reference = meanVectors(backend, model, held, signal);
  const size = model.config.hiddenSize;
  const build = (layers: readonly number[], kind: 'weights' | 'affine') => {
    const replaced = new Map(layers.flatMap((layer) => [...fitted.get(layer)![kind]]));
    return assemble(model, convertedConfig(model.config, layers, options), replaced);
  };
  const likeness = (layers: readonly number[], kind: 'weights' | 'affine') =>
    meanCosine(reference, meanVectors(backend, build(layers, kind), held, signal), size);
  // The best explained first: what each further layer costs is then a curve to choose on.
  const ranked = [...fitted.values()]
    .map(({ report }) => report)
    .sort((a, b) => a.fitted.perColumn - b.fitted.perColumn);
  const budget: BudgetPoint[] = [];
  for (let count = 1; count <= ranked.length; count++) {
    onProgress?.('comparing with the dense model', count, ranked.length);
    const layers = ranked.slice(0, count).map(({ layer }) => layer);
    budget.push({ layers, affine: likeness(layers, 'affine'), lookup: likeness(layers, 'weights') });
  }
  const allowed = budget.filter(({ lookup }) => lookup >= 1 - options.maxLoss);
  const chosen = [...(options.layers === 'auto' ? (allowed.at(-1)?.layers ?? []) : candidates)].sort(
    (a, b) => a - b,
  );
  const start = build(chosen, 'weights');
  let converted = start;
  if (chosen.length > 0 && options.distilSteps > 0) {
    const weights = await distil(backend, model, start, train, new Random(options.seed).fork('distil'), {
      ...options,
      steps: options.distilSteps,
      learningRate: options.learningRate / 10,
      signal,
      onProgress: (step, steps, loss) => onProgress?.(`distilling: loss ${loss.toFixed(4)}`, step, steps),
    });
    converted = { config: start.config, weights };
  }
  const distilled = meanCosine(reference, meanVectors(backend, converted, held, signal), size);
  return {
    model: converted,
    affineOnly: build(chosen, 'affine'),
    report: { layers: ranked, budget, chosen, distilled },
  };
}
