import { pipeline, type Session } from '@lookupffn/roberta';
import type { QueuedModel } from '../../service.js';
import { post } from '../endpoint.js';
import { ApiError } from '../errors.js';
import { json } from '../json.js';
import { fillMaskRequest, fillMaskResponse } from '../schemas/own.js';
import type { Candidate, FillMaskResponse } from '../types.js';

// Each candidate is answered as a whole text.
const maxCandidates = 256;

function checkSize(inputs: string, maskToken: string, topK: number): void {
  const masks = inputs.split(maskToken).length - 1;
  if (masks * topK <= maxCandidates) return;
  throw new ApiError(
    'INVALID_ARGUMENT',
    `top_k: ${masks} masks with ${topK} candidates each are more than ${maxCandidates} candidates. Ask for fewer.`,
  );
}

/** The library's pipeline, whose session is the model's queue. */
async function fill(
  { codec, config, batcher }: QueuedModel,
  inputs: string,
  topK: number,
  signal: AbortSignal,
): Promise<Candidate[][]> {
  const session = {
    config,
    async fillMask(sequences: number[][], { maskTokenId }: { maskTokenId?: number }) {
      // Refused here, before others share a batch with it.
      const checked = sequences.map((ids) => codec.encode(ids));
      return batcher.fill(checked, { topK, maskTokenId, signal });
    },
  };
  const ask = await pipeline('fill-mask', {
    session: session as unknown as Session,
    tokenizer: codec.tokenizer,
  });
  const [masks] = await ask.nested([inputs], { top_k: topK, truncation: false });
  return masks ?? [];
}

export const fillMaskEndpoint = post({
  path: '/fill-mask',
  tag: 'lookupffn',
  dialect: 'own',
  summary: 'The likeliest words for each mask of a text, by every model that fills masks',
  request: fillMaskRequest,
  response: fillMaskResponse,
  refuses: ['INPUT_TOO_LONG', 'MODEL_NOT_FOUND', 'BACKEND_FAILED'],
  async handle({ service, signal }, { inputs, top_k: topK, models: wanted }) {
    for (const name of wanted ?? []) service.model(name);
    const models = service.models.filter(({ info, config }) =>
      wanted ? wanted.includes(info.name) : config.head === 'masked-lm',
    );
    const other = models.find(({ config }) => config.head !== 'masked-lm');
    if (other || models.length === 0) {
      const who = other ? `Model '${other.info.name}'` : 'No model here';
      throw new ApiError(
        'INVALID_ARGUMENT',
        `models: ${who} has ${other ? 'no' : 'a'} language-model head, which fills masks.`,
      );
    }
    for (const { maskToken } of models) checkSize(inputs, maskToken, topK);
    const results: FillMaskResponse['results'] = [];
    // One after the other: side by side they would share the cores and measure each other.
    for (const model of models) {
      const start = performance.now();
      const predictions = await fill(model, inputs, topK, signal);
      results.push({ model: model.info.name, milliseconds: performance.now() - start, predictions });
    }
    return json({ inputs, results } satisfies FillMaskResponse);
  },
});
