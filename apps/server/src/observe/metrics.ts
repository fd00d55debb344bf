import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { BatchReport } from '../batching/batcher.js';

const seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const powersOfTwo = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => 2 ** (from + i));

/** What a model's queue shows of itself when it is scraped. */
export interface QueueGauges {
  readonly waitingTokens: number;
  readonly waitingSequences: number;
  readonly tokensPerSecond: number;
}

export interface RequestReport {
  /** The route's pattern, never the path that was asked: paths are endless. */
  readonly route: string;
  readonly method: string;
  readonly status: number;
  readonly seconds: number;
}

/** Everything Prometheus can ask, in a registry of its own. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Counter<'route' | 'method' | 'status'>;
  readonly #duration: Histogram<'route'>;
  readonly #batchTokens: Histogram<'model'>;
  readonly #batchSequences: Histogram<'model'>;
  readonly #batchDuration: Histogram<'model'>;
  readonly #tokens: Counter<'model'>;

  constructor(queues: ReadonlyMap<string, QueueGauges>, activeRequests: () => number) {
    const registers = [this.#registry];
    // RSS, heap, CPU time, garbage collection, event-loop delay.
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: 10 });
    this.#requests = new Counter({
      name: 'lookupffn_requests_total',
      help: 'Requests answered.',
      labelNames: ['route', 'method', 'status'],
      registers,
    });
    this.#duration = new Histogram({
      name: 'lookupffn_request_duration_seconds',
      help: 'From the request line to the answer.',
      labelNames: ['route'],
      buckets: seconds,
      registers,
    });
    this.#batchTokens = new Histogram({
      name: 'lookupffn_batch_tokens',
      help: 'Tokens in a batch.',
      labelNames: ['model'],
      buckets: powersOfTwo(2, 14),
      registers,
    });
    this.#batchSequences = new Histogram({
      name: 'lookupffn_batch_sequences',
      help: 'Sequences in a batch.',
      labelNames: ['model'],
      buckets: powersOfTwo(0, 10),
      registers,
    });
    this.#batchDuration = new Histogram({
      name: 'lookupffn_batch_duration_seconds',
      help: 'Time the model takes for a batch.',
      labelNames: ['model'],
      buckets: seconds,
      registers,
    });
    this.#tokens = new Counter({
      name: 'lookupffn_tokens_total',
      help: 'Tokens computed; its rate is tokens per second.',
      labelNames: ['model'],
      registers,
    });
    const queueGauge = (name: string, help: string, read: (queue: QueueGauges) => number) =>
      new Gauge({
        name,
        help,
        labelNames: ['model'],
        registers,
        collect() {
          for (const [model, queue] of queues) this.set({ model }, read(queue));
        },
      });
    queueGauge('lookupffn_queue_tokens', 'Tokens that wait for a batch.', (queue) => queue.waitingTokens);
    queueGauge('lookupffn_queue_sequences', 'Sequences that wait.', (queue) => queue.waitingSequences);
    queueGauge('lookupffn_tokens_per_second', 'Of the last batches.', (queue) => queue.tokensPerSecond);
    new Gauge({
      name: 'lookupffn_requests_active',
      help: 'Requests being answered.',
      registers,
      collect() {
        this.set(activeRequests());
      },
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  request({ route, method, status, seconds: taken }: RequestReport): void {
    this.#requests.inc({ route, method, status });
    this.#duration.observe({ route }, taken);
  }

  batch(model: string, report: BatchReport): void {
    this.#batchTokens.observe({ model }, report.tokens);
    this.#batchSequences.observe({ model }, report.sequences);
    this.#batchDuration.observe({ model }, report.seconds);
    this.#tokens.inc({ model }, report.tokens);
  }
}
