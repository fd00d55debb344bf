import type { QueuedModel, Service } from '../../service.js';
import { version } from '../../version.js';
import { type Endpoint, get } from '../endpoint.js';
import { ApiError } from '../errors.js';
import { json } from '../json.js';
import { healthResponse, infoResponse } from '../schemas/own.js';
import type { InfoResponse } from '../types.js';

const common = { tag: 'lookupffn', dialect: 'tei' } as const;

function modelType(service: Service, model: QueuedModel | undefined): InfoResponse['model_type'] {
  if (model?.config.head !== 'sequence-classification') {
    return { embedding: { pooling: model ? service.poolingOf(model) : 'mean' } };
  }
  const { labels } = model.config;
  return {
    classifier: {
      id2label: Object.fromEntries(labels.map((label, id) => [String(id), label])),
      label2id: Object.fromEntries(labels.map((label, id) => [label, id])),
    },
  };
}

function describe(service: Service): InfoResponse {
  const { limits, models } = service;
  const first = models[0];
  return {
    models: models.map(({ info }) => info),
    mask_token: first?.maskToken ?? '<mask>',
    examples: [...service.examples],
    backend: first?.backend ?? { name: 'none', isa: 'none', threads: 0 },
    model_id: first?.info.name ?? '',
    model_sha: null,
    model_dtype: first?.dtypes.join('+') ?? '',
    model_type: modelType(service, first),
    max_concurrent_requests: limits.maxConcurrentRequests,
    max_input_length: first?.codec.maxTokens ?? 0,
    max_batch_tokens: limits.maxBatchTokens,
    max_batch_requests: null,
    max_client_batch_size: limits.maxClientBatchSize,
    auto_truncate: service.autoTruncate,
    tokenization_workers: 1,
    version,
  };
}

export const aboutEndpoints: readonly Endpoint[] = [
  get({
    ...common,
    path: '/health',
    summary: 'Whether traffic should come here',
    description: '503 while the server stops, or once a model has died. Needs no key.',
    open: true,
    response: healthResponse,
    handle({ service }) {
      const reason = service.whyUnhealthy();
      if (reason !== undefined) throw new ApiError('UNHEALTHY', reason, { retryAfter: 5 });
      return json({ status: 'ok' });
    },
  }),
  get({
    ...common,
    path: '/info',
    summary: 'Models, limits and backend',
    response: infoResponse,
    handle: ({ service }) => json(describe(service)),
  }),
  get({
    ...common,
    path: '/metrics',
    summary: 'Metrics for Prometheus',
    response: 'text/plain',
    handle: async ({ service: { metrics } }) =>
      new Response(await metrics.text(), { headers: { 'content-type': metrics.contentType } }),
  }),
];
