import { turn } from '../../turn.js';
import { type Endpoint, post } from '../endpoint.js';
import { ApiError } from '../errors.js';
import { json, jsonArray, matrixPiece, vectorPiece } from '../json.js';
import * as schemas from '../schemas/tei.js';
import { checkInputs, embed, embedTokens } from './embed.js';
import { predictEndpoint } from './predict.js';
import { truncateOf } from './truncate.js';

const common = { tag: 'text-embeddings-inference', dialect: 'tei', choosesModel: true } as const;
const computes = ['EMPTY_INPUT', 'INPUT_TOO_LONG', 'TOO_MANY_INPUTS', 'BACKEND_FAILED'] as const;

const embedOptions = {
  ...common,
  request: schemas.embedRequest,
  response: schemas.embedResponse,
  refuses: computes,
};

const embedEndpoint = post({
  ...embedOptions,
  path: '/embed',
  summary: 'A vector for each text',
  description: 'Pooled as /info says, over all tokens of the text, special ones included.',
  async handle(call, body) {
    const { service, signal } = call;
    const { vectors } = await embed(
      service,
      call.model(),
      body.inputs.items,
      {
        truncate: truncateOf(call, body),
        normalize: body.normalize ?? true,
        dimensions: body.dimensions ?? undefined,
      },
      signal,
    );
    return jsonArray(vectors.map(vectorPiece));
  },
});

export const teiEndpoints: readonly Endpoint[] = [
  embedEndpoint,
  // Where Hugging Face's clients ask a server by its bare address.
  { ...embedEndpoint, path: '/', summary: 'The same as /embed, for clients that know only an address' },
  post({
    ...common,
    path: '/embed_all',
    summary: 'A vector for each token of each text',
    request: schemas.embedAllRequest,
    response: schemas.embedAllResponse,
    refuses: computes,
    async handle(call, body) {
      const model = call.model();
      const truncate = truncateOf(call, body);
      const matrices = await embedTokens(call.service, model, body.inputs.items, truncate, call.signal);
      return jsonArray(matrices.map((rows) => matrixPiece(rows, model.hiddenSize)));
    },
  }),
  post({
    ...common,
    path: '/similarity',
    summary: 'How similar texts are to one',
    request: schemas.similarityRequest,
    response: schemas.similarityResponse,
    refuses: computes,
    async handle(call, { inputs, parameters }) {
      const all = [inputs.source_sentence, ...inputs.sentences];
      if (inputs.sentences.length === 0) throw new ApiError('EMPTY_INPUT', 'There are no sentences.');
      const truncate = truncateOf(call, parameters ?? { truncation_direction: 'right' });
      const { service, signal } = call;
      const { vectors } = await embed(service, call.model(), all, { truncate, normalize: true }, signal);
      const [source, ...others] = vectors;
      return json(others.map((other) => other.reduce((sum, value, i) => sum + value * source![i]!, 0)));
    },
  }),
  predictEndpoint,
  post({
    ...common,
    path: '/tokenize',
    summary: 'The tokens of texts',
    request: schemas.tokenizeRequest,
    response: schemas.tokenizeResponse,
    refuses: ['INPUT_TOO_LONG', 'TOO_MANY_INPUTS'],
    async handle(call, body) {
      const { codec } = call.model();
      const { items } = body.inputs;
      checkInputs(items, call.service.limits);
      const parts: string[] = [];
      for (const text of items) {
        await turn(call.signal);
        parts.push(JSON.stringify(codec.tokenize(text, body.add_special_tokens ?? true)));
      }
      return new Response(`[${parts.join(',')}]`, { headers: { 'content-type': 'application/json' } });
    },
  }),
  post({
    ...common,
    path: '/decode',
    summary: 'The texts of token ids',
    request: schemas.decodeRequest,
    response: schemas.decodeResponse,
    refuses: ['TOO_MANY_INPUTS'],
    async handle(call, body) {
      const { codec } = call.model();
      const { items } = body.ids;
      checkInputs(items, call.service.limits);
      const decoded: string[] = [];
      for (const ids of items) {
        await turn(call.signal);
        decoded.push(codec.decode(ids, body.skip_special_tokens ?? true));
      }
      return json(decoded);
    },
  }),
];
