import { dirname, resolve } from 'node:path';
import * as v from 'valibot';
import { besideFile, modelConfig, overlay, parseTrainConfig, readConfigFile } from '../training/config.js';
import { withInit } from '../training/init.js';
import {
  type CompleteTrainConfig,
  type TrainConfigInput,
  type TrainPresetName,
  trainPresetNames,
  trainPresets,
} from '../training/presets.js';
import { fitWarmup } from '../training/warmup.js';
import { checkDistinct, checkLabels, checkOverwritten, checkRunName, invalid, label } from './checks.js';
import { withHorizons, withTraining } from './horizons.js';

/** An empty list would make a grid without runs. */
const list = <T extends v.GenericSchema>(item: T) =>
  v.pipe(v.array(item), v.minLength(1, 'it must hold at least one value'));
const partial = v.record(v.string(), v.unknown());
const schema = v.strictObject({
  preset: v.optional(v.picklist(trainPresetNames), 'tiny'),
  /** Laid over the preset: a training configuration. */
  base: v.optional(partial, {}),
  corpus: v.optional(v.string()),
  seeds: v.optional(list(v.pipe(v.number(), v.integer(), v.minValue(0))), [0]),
  /** Named configurations, each laid over the base. */
  runs: v.optional(
    v.pipe(
      v.record(v.string(), v.nullable(partial)),
      v.check((runs) => Object.keys(runs).length > 0, 'it must name at least one run'),
    ),
    { base: {} },
  ),
  /** Values by the path of a key, e.g. `training.learningRate: [0.001, 0.002]`: each combination of each run. */
  grid: v.optional(v.record(v.string(), list(v.unknown())), {}),
  /** Steps: each variant is trained to each of them, and what they have in common once. */
  horizons: v.optional(list(v.pipe(v.number(), v.integer(), v.minValue(2)))),
});

export interface AblationRun {
  /** Folder of the run; seeds of one variant differ in its end. */
  readonly name: string;
  /** The same for all seeds. */
  readonly variant: string;
  /** The variant without its horizon: what one line of quality over tokens shows. */
  readonly series: string;
  readonly seed: number;
  readonly config: CompleteTrainConfig;
  /** The run it branches off from, by name. */
  readonly from?: string;
  /** What others branch off from, at the full learning rate still: no result. */
  readonly trunk?: boolean;
}

export interface Ablation {
  /** What the runs' configurations are laid over. */
  readonly preset: TrainPresetName;
  /** Full path; absent for the default corpus. */
  readonly corpus?: string;
  readonly runs: readonly AblationRun[];
}

type Assignment = readonly (readonly [key: string, value: unknown])[];

/** Every choice of one value a key. */
function combinations(grid: Readonly<Record<string, readonly unknown[]>>): Assignment[] {
  return Object.entries(grid).reduce<Assignment[]>(
    (made, [key, values]) => made.flatMap((some) => values.map((value) => [...some, [key, value] as const])),
    [[]],
  );
}

/** A copy of nested objects with one value set by its path. */
function withValue(object: Readonly<Record<string, unknown>>, path: string, value: unknown) {
  const [first, ...rest] = path.split('.') as [string, ...string[]];
  const inner = object[first];
  const next: unknown =
    rest.length === 0
      ? value
      : withValue(typeof inner === 'object' && inner !== null ? { ...inner } : {}, rest.join('.'), value);
  return { ...object, [first]: next };
}

/**
 * Reads a grid (JSON or YAML) and makes its runs, checking each configuration before anything is trained. `init` is the
 * trained model for runs whose configuration has an `init`, which may leave it out. Throws `INVALID_CONFIG`, naming file,
 * run and key.
 */
export async function readAblation(
  path: string,
  { init }: { readonly init?: string } = {},
): Promise<Ablation> {
  const result = v.safeParse(schema, await readConfigFile(path));
  if (!result.success) {
    const issue = result.issues[0];
    const known = `known are ${Object.keys(schema.entries).join(', ')}`;
    const what =
      issue.expected === 'never' ? `is not a known part; ${known}` : `is not as expected: ${issue.message}`;
    throw invalid(path, v.getDotPath(issue) ?? 'the file', what);
  }
  const { preset, base, corpus, seeds, runs, grid, horizons } = result.output;
  checkLabels(path, grid);
  checkOverwritten(path, 'base', base, horizons);
  for (const [key, values] of Object.entries(grid)) {
    for (const value of values) checkOverwritten(path, 'grid', withValue({}, key, value), horizons);
  }
  const common = parseTrainConfig(base, `${path}: base`);
  const start = overlay(trainPresets[preset], common);
  const all: AblationRun[] = [];
  for (const [run, over] of Object.entries(runs)) {
    checkRunName(path, run);
    checkOverwritten(path, `runs.${run}`, over, horizons);
    for (const assignment of combinations(grid)) {
      const variant = [run, ...assignment.map(label)].join(',');
      const set = assignment.reduce<Record<string, unknown>>(
        (object, [key, value]) => withValue(object, key, value),
        { ...over },
      );
      const own = parseTrainConfig(set, `${path}: ${variant}`);
      const warmup = own.training?.warmupSteps ?? common.training?.warmupSteps;
      const given = { ...common, ...own, model: { ...common.model, ...own.model } };
      const laid = await withTrainedModel(path, overlay(start, own), given, init);
      const config = warmup === undefined ? fitWarmup(laid, horizons && Math.min(...horizons)) : laid;
      modelConfig(config);
      for (const seed of seeds) {
        const one = { variant, series: variant, seed, config: withTraining(config, { seed }) };
        if (horizons) all.push(...withHorizons(path, one, horizons));
        else all.push({ ...one, name: `${variant},seed=${seed}` });
      }
    }
  }
  checkDistinct(path, all);
  if (init !== undefined && all.every(({ config }) => !config.init)) {
    throw invalid(path, 'no run', `has an init, so that none begins as ${init}. Leave --init out`);
  }
  return { preset, runs: all, ...(corpus === undefined ? {} : { corpus: resolve(dirname(path), corpus) }) };
}

/** A run's configuration whose trained model, if it begins as one, is in it. */
function withTrainedModel(
  path: string,
  config: CompleteTrainConfig,
  given: TrainConfigInput,
  init: string | undefined,
): Promise<CompleteTrainConfig> {
  const laid = besideFile(path, config);
  const named = laid.init && init !== undefined ? { ...laid, init: { ...laid.init, model: init } } : laid;
  return withInit(named, besideFile(path, given));
}
