import { isLookupFfnError } from '@lookupffn/core';
import { ApiError } from './api/errors.js';
import { Batcher } from './batching/batcher.js';
import { createLog, type Log } from './observe/log.js';
import { Metrics, type QueueGauges } from './observe/metrics.js';
import type { PageOptions } from './page/routes.js';
import type { ServedModel } from './served-model.js';
import type { Pooling } from './text/pooling.js';

/** What a server allows, all of it bounded. */
export interface Limits {
  /** Most tokens that are computed together. */
  readonly maxBatchTokens: number;
  /** Most tokens that wait for a model; beyond: 429. */
  readonly maxQueueTokens: number;
  /** Most requests at a time; beyond: 429. */
  readonly maxConcurrentRequests: number;
  /** Most texts in a request. */
  readonly maxClientBatchSize: number;
  /** Most bytes of a body. */
  readonly maxBodyBytes: number;
  /** Milliseconds from the arrival of a request until it is given up with 503. */
  readonly requestTimeout: number;
}

export const defaultLimits: Limits = {
  maxBatchTokens: 4096,
  maxQueueTokens: 131_072,
  maxConcurrentRequests: 512,
  maxClientBatchSize: 2048,
  maxBodyBytes: 2_000_000,
  requestTimeout: 30_000,
};

export interface ServiceOptions extends PageOptions {
  /** The first one answers whoever names none. */
  readonly models: readonly ServedModel[];
  readonly limits?: Partial<Limits>;
  /** How texts become vectors; default: as each model says, else `mean`. */
  readonly pooling?: Pooling;
  /** Whether texts that are too long are cut unless the client says otherwise; default false. */
  readonly autoTruncate?: boolean;
  /** Any of these opens the API (not /health, the page and the documentation, which are open). Default: no key is needed. */
  readonly apiKeys?: readonly string[];
  /** Origins whose pages may ask, or `*`; default none. */
  readonly corsOrigins?: readonly string[];
  /** Default: warnings and errors, to standard error. */
  readonly log?: Log;
}

/** A model with the queue in front of it. */
export interface QueuedModel extends ServedModel {
  readonly batcher: Batcher;
}

/** What the routes share: models, queues, limits, and whether the server is on its way out. */
export class Service {
  readonly models: readonly QueuedModel[];
  readonly examples: readonly string[];
  readonly limits: Limits;
  readonly #pooling: Pooling | undefined;
  readonly autoTruncate: boolean;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly started = new Date();
  /** Requests being answered, each with what ends it. */
  readonly active = new Set<AbortController>();
  draining = false;
  /** Why a model will not answer any more. */
  #death: string | undefined;

  constructor(options: ServiceOptions) {
    const given = Object.entries(options.limits ?? {}).filter(([, value]) => value !== undefined);
    this.limits = { ...defaultLimits, ...Object.fromEntries(given) };
    this.examples = options.examples ?? [];
    this.#pooling = options.pooling;
    this.autoTruncate = options.autoTruncate ?? false;
    this.log = options.log ?? createLog({ level: 'warn' });
    const { maxBatchTokens, maxQueueTokens } = this.limits;
    this.models = options.models.map((model) => ({
      ...model,
      batcher: new Batcher(model.session, {
        maxBatchTokens,
        maxQueueTokens,
        onBatch: (batch) => this.metrics.batch(model.info.name, batch),
      }),
    }));
    const queues = new Map<string, QueueGauges>(
      this.models.map(({ info, batcher }) => [
        info.name,
        {
          get waitingTokens() {
            return batcher.waitingTokens;
          },
          get waitingSequences() {
            return batcher.waitingSequences;
          },
          get tokensPerSecond() {
            return batcher.rate.perSecond;
          },
        },
      ]),
    );
    this.metrics = new Metrics(queues, () => this.active.size);
  }

  /** The model of that name, or the first. Throws `MODEL_NOT_FOUND`. */
  model(name: string | undefined): QueuedModel {
    const found = name === undefined ? this.models[0] : this.models.find(({ info }) => info.name === name);
    if (found) return found;
    const known = this.models.map(({ info }) => info.name).join(', ') || 'none';
    throw new ApiError('MODEL_NOT_FOUND', `There is no model '${name ?? ''}'; here are: ${known}.`);
  }

  /** How a model's texts become vectors. */
  poolingOf(model: ServedModel): Pooling {
    return this.#pooling ?? model.pooling;
  }

  /** Seconds after which a refused client may come again. */
  retryAfter(): number {
    return Math.max(1, ...this.models.map(({ batcher }) => batcher.rate.retryAfter(batcher.waitingTokens)));
  }

  /** Remembers a model that died, for /health. */
  noticeFailure(error: unknown): void {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    if (isLookupFfnError(cause) && cause.code === 'SESSION_FAILED') this.#death = cause.message;
  }

  /** Why no traffic should come here, or undefined. */
  whyUnhealthy(): string | undefined {
    return this.draining ? 'The server is stopping.' : this.#death;
  }

  /** Ends all that is under way with 503. */
  abandon(): void {
    const reason = new ApiError('UNHEALTHY', 'The server stopped before it could answer.', { retryAfter: 1 });
    for (const controller of this.active) controller.abort(reason);
  }
}
