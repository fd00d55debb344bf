import { type Backend, LookupFfnError, throwIfAborted } from '@lookupffn/core';
import { DirectEvaluator } from '../direct/evaluator.js';
import type { ModelMemory } from '../direct/memory.js';
import type { PrecisionOptions } from '../direct/prepared-modules.js';
import type { Matrix } from '../direct/scopes.js';
import { packSequences } from '../model/batch.js';
import type { ModelHead, RobertaConfig } from '../model/config.js';
import { classLogits, maskedLogits } from '../model/heads.js';
import { encodeSteps } from '../model/roberta.js';
import type { PackedModel, ToPack } from '../packed/types.js';
import { breathe } from './breathe.js';
import { type Part, splitRequest } from './parts.js';
import { topK } from './top-k.js';
import type { RobertaModel } from './types.js';
import type { Executor, ExecutorInfo, WorkRequest, WorkResult } from './work.js';

export interface RunnerOptions extends PrecisionOptions {
  /** The backend is disposed with the runner. */
  readonly ownsBackend: boolean;
  readonly maxBatchTokens: number;
  /** What the user should know of how the model was opened. */
  readonly notes?: readonly string[];
}

// Logits of a large vocabulary are computed for so many numbers at a time (16 MB).
const maxLogits = 2 ** 22;

/** A request of one token that uses every module of a model with that head. */
function warmUp(head: ModelHead): Pick<WorkRequest, 'rows' | 'task'> {
  if (head === 'masked-lm') return { rows: new Int32Array(1), task: { kind: 'fill', topK: 1 } };
  return { rows: new Int32Array(0), task: { kind: head === 'none' ? 'hidden' : 'classes' } };
}

/**
 * Computes requests on the thread it lives on, giving the event loop a turn between layers. The same object serves the
 * caller's thread and the inside of a worker.
 */
export class Runner implements Executor {
  readonly #backend: Backend;
  readonly #config: RobertaConfig;
  readonly #evaluator: DirectEvaluator;
  readonly #options: RunnerOptions;
  #idle: Promise<unknown> = Promise.resolve();

  private constructor(backend: Backend, model: RobertaModel | PackedModel, options: RunnerOptions) {
    this.#backend = backend;
    this.#config = model.config;
    this.#options = options;
    this.#evaluator = new DirectEvaluator(backend, model, options);
  }

  /**
   * Prepares every weight by sending one token through, after which the model's own arrays are let go. A packed model's
   * are adopted as they are, which reads none of them.
   */
  static async create(
    backend: Backend,
    model: RobertaModel | PackedModel,
    options: RunnerOptions,
  ): Promise<Runner> {
    const runner = new Runner(backend, model, options);
    try {
      if ('modules' in model) {
        runner.#evaluator.adoptAll();
        return runner;
      }
      const batch = packSequences([[model.config.bosTokenId]], model.config);
      await runner.run({ ...batch, ...warmUp(model.config.head) }, undefined);
    } catch (error) {
      runner.#evaluator.dispose();
      throw error;
    }
    runner.#evaluator.seal();
    return runner;
  }

  get info(): ExecutorInfo {
    const { name, isa, threads } = this.#backend.info;
    return {
      backend: name,
      isa,
      threads,
      bytes: this.#evaluator.bytes,
      dtypes: this.#evaluator.dtypes,
      notes: this.#options.notes ?? [],
    };
  }

  async memory(): Promise<ModelMemory> {
    return this.#evaluator.memory();
  }

  toPack(): Iterable<ToPack> {
    return this.#evaluator.toPack();
  }

  run(request: WorkRequest, signal: AbortSignal | undefined): Promise<WorkResult> {
    const work = this.#compute(request, signal);
    this.#idle = work.catch(() => {});
    return work;
  }

  /** Waits for the running request, which its signal stops. */
  async dispose(): Promise<void> {
    await this.#idle;
    this.#evaluator.dispose();
    if (this.#options.ownsBackend) this.#backend.dispose();
  }

  async #compute(request: WorkRequest, signal: AbortSignal | undefined): Promise<WorkResult> {
    const result = this.#allocate(request);
    try {
      for (const part of splitRequest(request, this.#options.maxBatchTokens)) {
        const hidden = await this.#encode(part, signal);
        if (request.task.kind === 'hidden') {
          result.data.set(hidden.data, part.start * this.#config.hiddenSize);
        } else if (request.task.kind === 'classes') {
          const logits = classLogits(this.#evaluator, this.#config, hidden, part.batch.offsets);
          result.data.set(logits.data, part.first * logits.columns);
        } else {
          await this.#head(request, part, hidden, result, signal);
        }
        this.#evaluator.releaseAll();
      }
      return result;
    } finally {
      this.#evaluator.releaseAll();
    }
  }

  #allocate({ ids, offsets, rows, task }: WorkRequest): WorkResult {
    const { hiddenSize, vocabSize, labels } = this.#config;
    const k = task.kind === 'fill' ? task.topK : 0;
    const length = {
      hidden: ids.length * hiddenSize,
      classes: (offsets.length - 1) * labels.length,
      fill: rows.length * k,
      logits: rows.length * vocabSize,
      losses: rows.length,
    }[task.kind];
    try {
      return { data: new Float32Array(length), ids: new Int32Array(rows.length * k) };
    } catch (error) {
      throw new LookupFfnError(
        'INVALID_ARGUMENT',
        `The result would have ${length} numbers, more than fits into memory here. Ask for fewer sequences or positions at a time.`,
        { length },
        error,
      );
    }
  }

  async #encode(part: Part, signal: AbortSignal | undefined): Promise<Matrix> {
    const steps = encodeSteps(this.#evaluator, this.#config, part.batch);
    for (;;) {
      throwIfAborted(signal, 'The request');
      const step = steps.next();
      if (step.done) return step.value;
      await breathe();
    }
  }

  /** The language-model head at a part's rows, some rows at a time. */
  async #head(
    request: WorkRequest,
    part: Part,
    hidden: Matrix,
    result: WorkResult,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const chunk = Math.max(1, Math.floor(maxLogits / this.#config.vocabSize));
    for (let from = 0; from < part.rows.length; from += chunk) {
      throwIfAborted(signal, 'The request');
      const rows = part.rows.subarray(from, from + chunk);
      // Evaluated inside a tidy of its own, so that chunks share a buffer.
      this.#evaluator.tidy(() => {
        const logits = maskedLogits(this.#evaluator, this.#config, hidden, rows);
        this.#readLogits(request, logits, part.rowStart + from, result);
        return hidden;
      });
      await breathe();
    }
  }

  #readLogits({ task }: WorkRequest, logits: Matrix, first: number, result: WorkResult): void {
    const { rows, columns } = logits;
    if (task.kind === 'logits') {
      result.data.set(logits.data, first * columns);
    } else if (task.kind === 'losses') {
      const targets = task.targets.subarray(first, first + rows);
      const losses = result.data.subarray(first, first + rows);
      this.#backend.ops.crossEntropy({ rows, classes: columns }, logits.data, targets, losses);
    } else if (task.kind === 'fill') {
      this.#backend.ops.softmax({ rows, size: columns }, logits.data, logits.data);
      for (let row = 0; row < rows; row++) {
        const probabilities = logits.data.subarray(row * columns, (row + 1) * columns);
        if (Number.isNaN(probabilities[0])) {
          throw new LookupFfnError(
            'NOT_FINITE',
            'The model gives NaN here: its weights are too large for its arithmetic, or damaged.',
          );
        }
        const start = (first + row) * task.topK;
        const end = start + task.topK;
        topK(probabilities, result.ids.subarray(start, end), result.data.subarray(start, end));
      }
    }
  }
}
