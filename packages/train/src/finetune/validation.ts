import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Backend, LookupFfnError, type Random } from '@lookupffn/core';
import { openSafetensorsFile, writeSafetensors } from '@lookupffn/core/node';
import { loadWeights, type RobertaConfig, Session, weightTensors } from '@lookupffn/roberta';
import type { TaskTokenizer } from '../tasks/embed.js';
import { evaluateTask, type TaskResult } from '../tasks/evaluate-task.js';
import type { Example } from '../tasks/examples.js';
import type { Task } from '../tasks/presets.js';

export interface SplitExamples {
  readonly train: readonly Example[];
  readonly validation: readonly Example[];
}

/** Holds a share of the examples out, drawn by `random`. Throws `INVALID_ARGUMENT` where a side would be empty. */
export function splitExamples(examples: readonly Example[], share: number, random: Random): SplitExamples {
  if (share === 0) return { train: examples, validation: [] };
  const count = Math.round(share * examples.length);
  if (count === 0 || count === examples.length) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `validationSplit is ${share} of ${examples.length} examples; it must leave some to either side.`,
      { validationSplit: share, examples: examples.length },
    );
  }
  const order = Int32Array.from(examples, (_, i) => i);
  random.shuffle(order);
  const at = (from: number, to?: number) => Array.from(order.subarray(from, to), (i) => examples[i]!);
  return { train: at(count), validation: at(0, count) };
}

export interface BestEpochInit {
  readonly backend: Backend;
  readonly tokenizer: TaskTokenizer;
  readonly config: RobertaConfig;
  readonly kind: Task['kind'];
  readonly metrics: Task['metrics'];
  readonly validation: readonly Example[];
  /** A file in which the best weights are kept, for a run that goes on after a stop. */
  readonly file?: string | undefined;
  /** A text that must be the same for the file to be of this run. */
  readonly settings: string;
}

/** The weights of a fine-tuning that did best on the examples held out, by the task's first metric. */
export class BestEpoch {
  readonly #init: BestEpochInit;
  #score = -Infinity;
  #weights: ReadonlyMap<string, Float32Array> | undefined;

  private constructor(init: BestEpochInit) {
    this.#init = init;
  }

  /** With what an earlier run of the same settings has kept. Throws as opening the file does. */
  static async open(init: BestEpochInit): Promise<BestEpoch> {
    const best = new BestEpoch(init);
    const { file: path, config, settings } = init;
    if (path === undefined || !existsSync(path)) return best;
    const file = await openSafetensorsFile(path);
    try {
      if (file.metadata.settings !== settings) return best;
      best.#weights = (await loadWeights(file, config)).weights;
      best.#score = Number(file.metadata.score);
      return best;
    } finally {
      await file.close();
    }
  }

  /** Undefined before the first measuring. */
  get weights(): ReadonlyMap<string, Float32Array> | undefined {
    return this.#weights;
  }

  /**
   * Measures weights and keeps a copy of those that are better than all before; of equal ones the first. A run that
   * goes on from before a measuring comes to the same one again, which then changes nothing.
   */
  async measure(
    weights: ReadonlyMap<string, Float32Array>,
    signal?: AbortSignal,
  ): Promise<{ readonly metrics: TaskResult['metrics']; readonly best: boolean }> {
    const { backend, tokenizer, config, kind, metrics: names, validation } = this.#init;
    const session = await Session.create({ model: { config, weights }, backend });
    try {
      const task = { kind, metrics: names, train: [], test: validation };
      const { metrics } = await evaluateTask(session, tokenizer, task, { signal });
      const score = Object.values(metrics)[0]!;
      // A constant answer has no correlation: the first epoch is kept all the same.
      const best = this.#weights === undefined || score > this.#score;
      if (best) await this.#keep(Number.isNaN(score) ? -Infinity : score, weights);
      return { metrics, best };
    } finally {
      await session.dispose();
    }
  }

  async #keep(score: number, weights: ReadonlyMap<string, Float32Array>): Promise<void> {
    const { config, file, settings } = this.#init;
    this.#score = score;
    this.#weights = new Map([...weights].map(([name, data]) => [name, data.slice()]));
    if (file === undefined) return;
    await mkdir(dirname(file), { recursive: true });
    await writeSafetensors(file, weightTensors(config, this.#weights), { score: String(score), settings });
  }
}
