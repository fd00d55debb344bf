import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Backend, LookupFfnError } from '@lookupffn/core';
import { parameterSpecs, type RobertaConfig, type RobertaModel } from '@lookupffn/roberta';
import {
  type BudgetInit,
  type BudgetPoint,
  budgetCurve,
  type ConversionKind,
  type Likeness,
} from './budget.js';
import { capturedFile, captureLayers } from './capture.js';
import { openConvertFolder } from './convert-folder.js';
import { distil } from './distil.js';
import { meanCosine, meanVectors } from './fidelity.js';
import { type FittedLayer, fittedFile, fittedLayer, type LayerReport } from './fitted-layer.js';
import {
  affineConfig,
  type ConvertOptions,
  candidateLayers,
  convertDefaults,
  convertedConfig,
} from './options.js';

export interface ConversionReport {
  readonly layers: readonly LayerReport[];
  readonly budget: readonly BudgetPoint[];
  /** As many layers as `maxLoss` allows, the best explained ones: what `auto` converts. */
  readonly suggested: readonly number[];
  /** The layers that were converted. */
  readonly chosen: readonly number[];
  /** After end-to-end distillation; the affine maps' without it where the baseline was left out. */
  readonly distilled: Likeness;
}

export interface ConvertInit {
  readonly model: RobertaModel;
  readonly backend: Backend;
  /** Token ids of texts, special tokens included, in an order without meaning; the first `heldOutTexts` only measure. */
  readonly sequences: readonly number[][];
  /** Where captured activations, fitted layers and distillation are kept, so that a stopped conversion goes on. */
  readonly folder: string;
  readonly options?: Partial<ConvertOptions>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (what: string, done: number, total: number) => void;
  /** Is given the model behind each point of the budget, once; a point is done when this has resolved. */
  readonly onBudgetModel?: BudgetInit['onModel'];
}

export interface Conversion {
  readonly model: RobertaModel;
  /** The same layers as affine maps alone, distilled alike: what a conversion must beat. */
  readonly affineOnly: RobertaModel;
  readonly report: ConversionReport;
}

/** Texts that nothing is fitted or distilled on. */
export const heldOutTexts = 256;
const kinds = { lookup: 'look-ups', affine: 'affine maps alone' } as const;

const tokensOf = (sequences: readonly number[][]) => sequences.reduce((sum, { length }) => sum + length, 0);

/** The first sequences that have so many tokens together. */
function firstTokens(sequences: readonly number[][], tokens: number): readonly number[][] {
  let count = 0;
  const end = sequences.findIndex(({ length }) => {
    count += length;
    return count >= tokens;
  });
  return end < 0 ? sequences : sequences.slice(0, end + 1);
}

/** The dense model with some layers' FFNs replaced; what a block has and was not given is 0. */
function assemble(
  dense: RobertaModel,
  config: RobertaConfig,
  layers: ReadonlyMap<string, Float32Array>,
): RobertaModel {
  const weights = new Map<string, Float32Array>();
  for (const { name, shape } of parameterSpecs(config)) {
    const length = shape.reduce((product, size) => product * size, 1);
    weights.set(name, layers.get(name) ?? dense.weights.get(name) ?? new Float32Array(length));
  }
  return { config, weights };
}

/** Each layer's fit; what was captured for it goes once it is done. */
async function fitLayers(
  init: ConvertInit,
  options: ConvertOptions,
  layers: readonly number[],
  train: readonly number[][],
): Promise<Map<number, FittedLayer>> {
  const { model, backend, folder, signal, onProgress } = init;
  const uncaptured = layers.filter(
    (layer) => !existsSync(fittedFile(folder, layer)) && !existsSync(capturedFile(folder, layer)),
  );
  if (uncaptured.length > 0) {
    await captureLayers({
      model,
      backend,
      sequences: firstTokens(train, options.tokens),
      layers: uncaptured,
      folder,
      signal,
      onProgress: (done, total) => onProgress?.('running the dense model', done, total),
    });
  }
  const fitted = new Map<number, FittedLayer>();
  for (const layer of layers) {
    fitted.set(
      layer,
      await fittedLayer({ backend, config: model.config, layer, options, folder, signal, onProgress }),
    );
    await rm(capturedFile(folder, layer), { force: true });
  }
  return fitted;
}

/**
 * Converts FFNs of a dense model to look-ups: captures activations, fits each layer to them, chooses layers, and
 * distils the whole towards the dense model. Rejects with `ABORTED`, after which the same call goes on from the layers
 * and steps that are done; `RUN_MISMATCH` for a folder of other settings; `CORPUS_INVALID` for too little text.
 */
export async function convertModel(init: ConvertInit): Promise<Conversion> {
  const { model, backend, folder, sequences, signal, onProgress } = init;
  const options = { ...convertDefaults, ...init.options };
  const candidates = candidateLayers(model.config, options);
  const held = sequences.slice(0, heldOutTexts);
  const train = sequences.slice(heldOutTexts);
  const tokens = tokensOf(train);
  if (tokens < 4 * options.batchTokens) {
    throw new LookupFfnError(
      'CORPUS_INVALID',
      `There are ${tokens} tokens of text beside ${held.length} held-out texts; give at least ${4 * options.batchTokens}.`,
      { tokens },
    );
  }
  await openConvertFolder(folder, model, options, firstTokens(train, options.tokens));
  const fitted = await fitLayers(init, options, candidates, train);
  const reference = meanVectors(backend, model, held, signal);
  const replaced = (layers: readonly number[], kind: 'weights' | 'affine') =>
    new Map(layers.flatMap((layer) => [...fitted.get(layer)![kind]]));
  const build = {
    lookup: (layers: readonly number[]) =>
      assemble(model, convertedConfig(model.config, layers, options), replaced(layers, 'weights')),
    affine: (layers: readonly number[]) =>
      assemble(model, affineConfig(model.config, layers, options), replaced(layers, 'affine')),
  };
  const likeness = (other: RobertaModel) =>
    meanCosine(reference, meanVectors(backend, other, held, signal), model.config.hiddenSize);
  const distilling = {
    learningRate: options.distilLearningRate,
    batchTokens: options.distilBatchTokens,
    tableLearningRate: options.tableLearningRate,
    logitWeight: options.logitWeight,
    temperature: options.temperature,
    seed: options.seed,
  };
  const distilled = async (student: RobertaModel, steps: number, checkpoint: string, what: string) => {
    if (student.config.ffn.kind === 'dense' || steps === 0) return student;
    const weights = await distil({
      backend,
      teacher: model,
      student,
      sequences: train,
      options: { ...distilling, steps },
      checkpoint,
      signal,
      onProgress: (step, _, loss) => onProgress?.(`distilling ${what}: loss ${loss.toFixed(4)}`, step, steps),
    });
    return { config: student.config, weights };
  };
  const stepsOf = (kind: ConversionKind, steps: number) =>
    kind === 'affine' && !options.baseline ? 0 : steps;
  // The best explained first: what each further layer costs is then a curve to choose on.
  const ranked = [...fitted.values()]
    .map(({ report }) => report)
    .sort((a, b) => a.fitted.perColumn - b.fitted.perColumn);
  const budget = await budgetCurve({
    folder,
    ranked: ranked.map(({ layer }) => layer),
    settings: {
      ...distilling,
      steps: options.budgetSteps,
      baseline: options.baseline,
      texts: sequences.length,
    },
    make: (kind, layers, checkpoint) => {
      const what = `${layers.length} of ${ranked.length} layers, ${kinds[kind]}`;
      onProgress?.('comparing with the dense model', layers.length, ranked.length);
      return distilled(build[kind](layers), stepsOf(kind, options.budgetSteps), checkpoint, what);
    },
    likeness,
    onModel: init.onBudgetModel,
  });
  const allowed = budget.findLast(({ lookup }) => lookup >= 1 - options.maxLoss);
  const suggested = [...(allowed?.layers ?? [])].sort((a, b) => a - b);
  const chosen = options.layers === 'auto' ? suggested : [...candidates].sort((a, b) => a - b);
  const final = (kind: ConversionKind) =>
    distilled(
      build[kind](chosen),
      stepsOf(kind, options.distilSteps),
      join(folder, `distil-${kind}.safetensors`),
      kinds[kind],
    );
  const converted = await final('lookup');
  const affineOnly = await final('affine');
  return {
    model: converted,
    affineOnly,
    report: {
      layers: ranked,
      budget,
      suggested,
      chosen,
      distilled: { lookup: likeness(converted), affine: likeness(affineOnly) },
    },
  };
}
