import type { PageDescription } from '../description.js';
import type { Filled } from '../worker/fill.js';

/** What /fill-mask answers, as far as the page reads it. */
interface Answer {
  readonly results: readonly {
    readonly milliseconds: number;
    readonly predictions: readonly (readonly { readonly score: number; readonly token_str: string }[])[];
  }[];
}

export interface ServerRequest {
  readonly model: string;
  readonly text: string;
  readonly topK: number;
  /** The API key; empty where none is needed. */
  readonly key: string;
}

/** Has the server fill the masks with one model. Rejects with the server's words. */
export async function fillOnServer(
  server: NonNullable<PageDescription['server']>,
  { model, text, topK, key }: ServerRequest,
  signal: AbortSignal,
): Promise<Filled> {
  const response = await fetch(new URL(server.fillMask, document.baseURI), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
    },
    body: JSON.stringify({ inputs: text, top_k: topK, models: [model] }),
    signal,
  });
  const body = await response.json().catch(() => null);
  if (!response.ok) throw new Error(body?.error ?? `The server answered ${response.status}.`);
  const [result] = (body as Answer).results;
  if (!result) throw new Error('The server answered without a result.');
  return {
    milliseconds: result.milliseconds,
    masks: result.predictions.map((list) =>
      list.map(({ score, token_str }) => ({ text: token_str, probability: score })),
    ),
  };
}
