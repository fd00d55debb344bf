import type { Backend, LookupFfnConfig } from '@lookupffn/core';
import { layerLookup, type Session } from '@lookupffn/roberta';
import { benchFfn } from '../bench/ffn.js';
import { interleave } from '../bench/interleave.js';
import { summarise } from '../bench/statistics.js';

export interface Latency {
  /** Of the FFNs of all layers. */
  readonly ffnMicrosPerToken: number;
  /** Of the whole model, with the head at one position. */
  readonly modelMillis: number;
}

const repeat = 9;
const sampleMillis = 20;

/** One sequence with a mask in the middle. */
function sequence(session: Session, tokens: number): { ids: number[]; position: number } {
  const { bosTokenId, eosTokenId, vocabSize } = session.config;
  const ids = Array.from({ length: tokens }, (_, t) => (t * 7919 + 11) % vocabSize);
  ids[0] = bosTokenId;
  ids[tokens - 1] = eosTokenId;
  return { ids, position: tokens >> 1 };
}

/** What a reader of a fill-mask page waits for, as something to time. */
export function fillOneMask(session: Session, tokens: number): () => Promise<unknown> {
  const { ids, position } = sequence(session, tokens);
  return () => session.fillMask([ids], { positions: [[position]], topK: 1 });
}

/** Both twins' latency, measured in turns on the same backend. */
export async function measureLatency(
  backend: Backend,
  sessions: { readonly dense: Session; readonly lookup: Session },
  tokens: number,
  signal: AbortSignal,
): Promise<{ dense: Latency; lookup: Latency }> {
  const { config } = sessions.lookup;
  const [ffn] = await benchFfn([backend], {
    lookup: layerLookup(config, 0) as LookupFfnConfig,
    intermediate: sessions.dense.config.intermediateSize,
    dtype: 'f32',
    tokens: [tokens],
    layers: config.numHiddenLayers,
    repeat,
    signal,
  });
  const passes = [sessions.dense, sessions.lookup].map((session) => fillOneMask(session, tokens));
  const millis = await interleave(passes, { repeat, sampleMillis, signal });
  const [row] = ffn!.rows;
  const layers = config.numHiddenLayers;
  const [dense, lookup] = millis.map((samples) => summarise(samples).median) as [number, number];
  return {
    dense: { ffnMicrosPerToken: row!.dense.microsPerToken * layers, modelMillis: dense },
    lookup: { ffnMicrosPerToken: row!.lookup.microsPerToken * layers, modelMillis: lookup },
  };
}
