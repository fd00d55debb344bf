import type { RobertaConfig } from '@lookupffn/roberta';
import { turn } from '../../turn.js';
import { post } from '../endpoint.js';
import { ApiError } from '../errors.js';
import { json } from '../json.js';
import * as schemas from '../schemas/tei.js';
import { checkInputs } from './embed.js';
import { truncateOf } from './truncate.js';

/** Scores of logits, as the text-classification pipeline of transformers makes them. */
function scoresOf(logits: Float32Array, { problemType }: RobertaConfig): Float64Array {
  const values = Float64Array.from(logits);
  if (problemType === 'regression') return values;
  if (problemType === 'multi_label_classification' || values.length === 1) {
    return values.map((value) => 1 / (1 + Math.exp(-value)));
  }
  const most = Math.max(...values);
  const weights = values.map((value) => Math.exp(value - most));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

export const predictEndpoint = post({
  tag: 'text-embeddings-inference',
  dialect: 'tei',
  choosesModel: true,
  path: '/predict',
  summary: 'Classes of texts, or of pairs of texts, the likeliest first',
  description:
    'Needs a model with a classification head; others refuse with NO_CLASSIFICATION_HEAD. Scores are a softmax over the classes, a sigmoid of each where a text may have several (or there is only one), and plain values for regression.',
  request: schemas.predictRequest,
  response: schemas.predictResponse,
  refuses: ['EMPTY_INPUT', 'INPUT_TOO_LONG', 'TOO_MANY_INPUTS', 'BACKEND_FAILED', 'NO_CLASSIFICATION_HEAD'],
  async handle(call, body) {
    const { service, signal } = call;
    const { info, config, codec, batcher } = call.model();
    if (config.head !== 'sequence-classification') {
      throw new ApiError(
        'NO_CLASSIFICATION_HEAD',
        `Model '${info.name}' has no classification head. Ask /fill-mask or /embed, or serve a model that was trained to classify.`,
      );
    }
    const { single, items } = body.inputs;
    checkInputs(
      items.map(([text]) => text),
      service.limits,
    );
    const truncate = truncateOf(call, body);
    const sequences = [];
    for (const [text, pair] of items) {
      await turn(signal);
      sequences.push(codec.encodePair(text, pair, truncate));
    }
    const predictions = (await batcher.classes(sequences, signal)).map((logits) => {
      const scores = body.raw_scores ? logits : scoresOf(logits, config);
      return config.labels
        .map((label, i) => ({ score: scores[i]!, label }))
        .sort((a, b) => b.score - a.score);
    });
    return json(single ? predictions[0] : predictions);
  },
});
