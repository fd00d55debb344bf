import type * as v from 'valibot';
import type { fillMaskResponse, infoResponse } from './schemas/own.js';

/** What the page and other clients see, from the schemas that the documentation is made of. */
export type FillMaskResponse = v.InferOutput<typeof fillMaskResponse>;
export type InfoResponse = v.InferOutput<typeof infoResponse>;
export type ModelInfo = InfoResponse['models'][number];

/** One candidate, in the shape of transformers' fill-mask pipeline. */
export type Candidate = FillMaskResponse['results'][number]['predictions'][number][number];

export interface ErrorResponse {
  readonly error: string;
  /** As text-embeddings-inference names it. */
  readonly error_type: string;
  readonly code: string;
}
