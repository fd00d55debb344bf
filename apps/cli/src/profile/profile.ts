import type { Backend, LookupFfnConfig, TableDtype } from '@lookupffn/core';
import { layerLookup, type RobertaModel } from '@lookupffn/roberta';
import { type Machine, machine } from '../doctor/machine.js';
import { measureRoofline, type Roofline } from '../machine/roofline.js';
import { type Kernel, kernelOf } from '../model/kernel.js';
import { type LayerProfile, profileLayers } from './layers.js';
import { countMisses, type Misses } from './perf.js';
import { type SweepOptions, type SweepPoint, sweep } from './sweep.js';

export interface Profile {
  readonly machine: Machine;
  readonly kernel: Kernel;
  readonly tokens: number;
  readonly dtype: string;
  readonly roofline: Roofline | undefined;
  readonly layers: readonly LayerProfile[];
  readonly misses: Misses;
  readonly sweep: readonly SweepPoint[];
}

export interface ProfileOptions {
  readonly tokens: number;
  readonly dtype: TableDtype;
  readonly repeat: number;
  /** What to sweep over; nothing when absent. */
  readonly values?: SweepOptions['values'];
  readonly signal?: AbortSignal;
  readonly onProgress?: (what: string) => void;
}

/** The shape that a sweep goes around: the model's first look-up layer, or the paper's for a dense model. */
function sweepBase({ config }: RobertaModel): LookupFfnConfig {
  for (let layer = 0; layer < config.numHiddenLayers; layer++) {
    const lookup = layerLookup(config, layer);
    if (lookup) return lookup;
  }
  const { hiddenSize } = config;
  return {
    hidden: hiddenSize,
    out: hiddenSize,
    ...{
      tables: 128,
      bits: 8,
      projection: 'bh4',
      block: Math.min(64, hiddenSize),
      stages: 4,
      read: 'single',
    },
  };
}

export async function profileModel(
  backend: Backend,
  model: RobertaModel,
  options: ProfileOptions,
): Promise<Profile> {
  const { tokens, dtype, repeat, signal, onProgress } = options;
  onProgress?.('measuring the limits of this machine');
  const roofline = measureRoofline(backend);
  onProgress?.('the layers of the model');
  let layers: LayerProfile[] = [];
  const misses = await countMisses(async () => {
    layers = await profileLayers(backend, model, { tokens, dtype, repeat, roofline, signal });
  });
  const points = options.values
    ? await sweep(backend, {
        ...{ base: sweepBase(model), batch: tokens, values: options.values },
        ...{ dtype, repeat, roofline, layers: 4, signal },
        onProgress: (what) => onProgress?.(`sweep: ${what}`),
      })
    : [];
  return {
    machine: machine(),
    kernel: kernelOf(backend.info),
    ...{ tokens, dtype, roofline, layers, misses, sweep: points },
  };
}
