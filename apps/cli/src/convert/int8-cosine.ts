import type { BackendFactory } from '@lookupffn/core';
import { meanPoolSequences, type RobertaModel, Session } from '@lookupffn/roberta';
import { meanCosine } from '@lookupffn/train';
import { int8 } from './speed.js';

const textsAtOnce = 32;

/**
 * What a conversion keeps when it runs in int8, its tables and all dense weights: the mean cosine between its embeddings
 * of texts and those of the dense model in float32.
 */
export async function int8Cosine(
  backend: BackendFactory,
  threads: number | undefined,
  dense: RobertaModel,
  converted: RobertaModel,
  sequences: readonly number[][],
  signal: AbortSignal,
): Promise<number> {
  const sessions: Session[] = [];
  try {
    for (const [model, precision] of [
      [dense, {}],
      [converted, int8],
    ] as const) {
      sessions.push(await Session.create({ model, backend, threads, thread: 'caller', ...precision }));
    }
    let sum = 0;
    for (let start = 0; start < sequences.length; start += textsAtOnce) {
      const batch = sequences.slice(start, start + textsAtOnce);
      const [a, b] = await Promise.all(
        sessions.map(async (session) => {
          const { data, offsets, hiddenSize } = await session.hiddenStates(batch, { signal });
          return meanPoolSequences(data, offsets, hiddenSize);
        }),
      );
      sum += batch.length * meanCosine(a!, b!, dense.config.hiddenSize);
    }
    return sum / sequences.length;
  } finally {
    for (const session of sessions) await session.dispose();
  }
}
