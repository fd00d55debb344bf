import type { QueuedModel, Service } from '../../service.js';
import { type Endpoint, get, post } from '../endpoint.js';
import { json, jsonArray, type Piece } from '../json.js';
import * as schemas from '../schemas/openai.js';
import { embed } from './embed.js';

const common = { tag: 'OpenAI', dialect: 'openai' } as const;

function toBase64(vector: Float32Array): string {
  const bytes = Buffer.alloc(4 * vector.length);
  // Little-endian by definition, whatever this machine is.
  vector.forEach((value, i) => {
    bytes.writeFloatLE(value, 4 * i);
  });
  return bytes.toString('base64');
}

function embeddingPiece(vector: Float32Array, index: number, base64: boolean): Piece {
  return {
    numbers: vector.length,
    json: () => [
      JSON.stringify({
        object: 'embedding',
        index,
        embedding: base64 ? toBase64(vector) : Array.from(vector),
      }),
    ],
  };
}

const modelObject = (service: Service, { info }: QueuedModel) => ({
  id: info.name,
  object: 'model' as const,
  created: Math.floor(service.started.getTime() / 1000),
  owned_by: 'lookupffn',
});

export const openAiEndpoints: readonly Endpoint[] = [
  post({
    ...common,
    path: '/v1/embeddings',
    summary: 'A vector for each text, for OpenAI clients',
    description: 'Token ids are those of the model asked, not of OpenAI. Vectors have length 1.',
    choosesModel: true,
    request: schemas.embeddingsRequest,
    response: schemas.embeddingsResponse,
    refuses: ['EMPTY_INPUT', 'INPUT_TOO_LONG', 'TOO_MANY_INPUTS', 'BACKEND_FAILED'],
    async handle(call, body) {
      const { service, signal } = call;
      const model = body.model == null ? call.model() : service.model(body.model);
      const { vectors, tokens } = await embed(
        service,
        model,
        body.input.items,
        {
          truncate: service.autoTruncate ? 'right' : false,
          normalize: true,
          dimensions: body.dimensions ?? undefined,
        },
        signal,
      );
      const base64 = body.encoding_format === 'base64';
      const usage = { prompt_tokens: tokens, total_tokens: tokens };
      return jsonArray(
        vectors.map((vector, i) => embeddingPiece(vector, i, base64)),
        '{"object":"list","data":',
        `,"model":${JSON.stringify(model.info.name)},"usage":${JSON.stringify(usage)}}`,
      );
    },
  }),
  get({
    ...common,
    path: '/v1/models',
    summary: 'The models that are served',
    response: schemas.modelList,
    handle: ({ service }) =>
      json({ object: 'list', data: service.models.map((model) => modelObject(service, model)) }),
  }),
  get({
    ...common,
    path: '/v1/models/{model}',
    summary: 'One of them',
    response: schemas.modelObject,
    refuses: ['MODEL_NOT_FOUND'],
    handle: ({ service, context }) => json(modelObject(service, service.model(context.req.param('model')))),
  }),
];
