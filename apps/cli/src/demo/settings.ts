import { resolve } from 'node:path';
import { demoPreset } from './preset.js';

/** What a demo is made with; kept in its state, so that `--resume` goes on with the same. */
export interface DemoSettings {
  /** Full path of what --corpus gave; null for the one that comes with the installation. */
  readonly corpus: string | null;
  readonly seed: number;
  readonly batchSize: number;
  readonly sequenceLength: number;
}

export interface DemoFlags {
  readonly corpus?: string;
  readonly seed?: number;
  readonly batch?: number;
  readonly sequence?: number;
  /** Exactly so many steps of each model. */
  readonly steps?: number;
  /** Time for training both models; the number of steps follows. */
  readonly minutes?: number;
}

export function settingsFrom(flags: DemoFlags): DemoSettings {
  return {
    corpus: flags.corpus === undefined ? null : resolve(flags.corpus),
    seed: flags.seed ?? demoPreset.seed,
    batchSize: flags.batch ?? demoPreset.training.batchSize,
    sequenceLength: flags.sequence ?? demoPreset.sequenceLength,
  };
}
