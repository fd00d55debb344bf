import { dirname, resolve } from 'node:path';
import { LookupFfnError } from '@lookupffn/core';
import * as v from 'valibot';
import { modelConfig, overlay, parseTrainConfig, readConfigFile } from '../training/config.js';
import { type CompleteTrainConfig, trainPresetNames, trainPresets } from '../training/presets.js';

const partial = v.record(v.string(), v.unknown());
const schema = v.strictObject({
  preset: v.optional(v.picklist(trainPresetNames), 'tiny'),
  /** Laid over the preset: a training configuration. */
  base: v.optional(partial, {}),
  corpus: v.optional(v.string()),
  seeds: v.optional(v.array(v.pipe(v.number(), v.integer(), v.minValue(0))), [0]),
  /** Named configurations, each laid over the base. */
  runs: v.optional(v.record(v.string(), v.nullable(partial)), { base: {} }),
  /** Values by the path of a key, e.g. `training.learningRate: [0.001, 0.002]`: each combination of each run. */
  grid: v.optional(v.record(v.string(), v.array(v.unknown())), {}),
});

export interface AblationRun {
  /** Folder of the run; seeds of one variant differ in its end. */
  readonly name: string;
  /** The same for all seeds. */
  readonly variant: string;
  readonly seed: number;
  readonly config: CompleteTrainConfig;
}

export interface Ablation {
  /** Full path; absent for the default corpus. */
  readonly corpus?: string;
  readonly runs: readonly AblationRun[];
}

function invalid(path: string, key: string, message: string): LookupFfnError {
  return new LookupFfnError('INVALID_CONFIG', `${path}: ${key} ${message}.`, { path, key });
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

const shown = (value: unknown) => String(value).replace(/[^\w.+-]+/g, '_');

/** `tables=32` for `model.ffn.tables`. */
const label = ([key, value]: readonly [string, unknown]) => `${key.split('.').at(-1)}=${shown(value)}`;

/** Variants are named by the last parts of keys and by values: a name must tell which key has which value. */
function checkLabels(path: string, grid: Readonly<Record<string, readonly unknown[]>>): void {
  const keyOf = new Map<string, string>();
  for (const [key, values] of Object.entries(grid)) {
    for (const value of values) {
      const name = label([key, value]);
      const other = keyOf.get(name);
      if (other === key)
        throw invalid(
          path,
          `grid.${key}`,
          `has two values that would both be named ${name}, in one folder. Give each value once, or make them runs, which have names of their own`,
        );
      if (other !== undefined) {
        throw invalid(
          path,
          `grid.${key}`,
          `and grid.${other} would both name a variant ${name}, so that its name would not tell which of them is meant. Give them no value in common, or make them runs, which have names of their own`,
        );
      }
      keyOf.set(name, key);
    }
  }
}

/**
 * Reads a grid (JSON or YAML) and makes its runs, checking each configuration before anything is trained. Throws
 * `INVALID_CONFIG`, naming file, run and key.
 */
export async function readAblation(path: string): Promise<Ablation> {
  const result = v.safeParse(schema, await readConfigFile(path));
  if (!result.success) {
    const issue = result.issues[0];
    const known = `known are ${Object.keys(schema.entries).join(', ')}`;
    const what =
      issue.expected === 'never' ? `is not a known part; ${known}` : `is not as expected: ${issue.message}`;
    throw invalid(path, v.getDotPath(issue) ?? 'the file', what);
  }
  const { preset, base, corpus, seeds, runs, grid } = result.output;
  checkLabels(path, grid);
  const start = overlay(trainPresets[preset], parseTrainConfig(base, `${path}: base`));
  const all: AblationRun[] = [];
  for (const [run, over] of Object.entries(runs)) {
    if (shown(run) !== run)
      throw invalid(path, `runs.${run}`, 'must be a name of letters, digits, . + - and _');
    for (const assignment of combinations(grid)) {
      const variant = [run, ...assignment.map(label)].join(',');
      const set = assignment.reduce<Record<string, unknown>>(
        (object, [key, value]) => withValue(object, key, value),
        { ...over },
      );
      const config = overlay(start, parseTrainConfig(set, `${path}: ${variant}`));
      modelConfig(config);
      for (const seed of seeds) {
        all.push({ name: `${variant},seed=${seed}`, variant, seed, config: withSeed(config, seed) });
      }
    }
  }
  return { runs: all, ...(corpus === undefined ? {} : { corpus: resolve(dirname(path), corpus) }) };
}

function withSeed(config: CompleteTrainConfig, seed: number): CompleteTrainConfig {
  return { ...config, training: { ...config.training, seed } };
}
