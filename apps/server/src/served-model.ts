import type { Candidate, InfoResponse, ModelInfo } from './api/types.js';

/** A model as the API needs it: who it is and how to ask it. */
export interface ServedModel {
  readonly info: ModelInfo;
  readonly backend: InfoResponse['backend'];
  readonly maskToken: string;
  /** One list of candidates per mask, best first. Rejects with a coded error for text it cannot take. */
  fillMask(text: string, options: { topK: number; signal?: AbortSignal }): Promise<Candidate[][]>;
  dispose(): Promise<void>;
}
