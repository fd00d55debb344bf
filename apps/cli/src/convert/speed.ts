import type { BackendFactory } from '@lookupffn/core';
import { maxSequenceLength, type RobertaModel, Session } from '@lookupffn/roberta';
import { interleave } from '../bench/interleave.js';
import { summarise } from '../bench/statistics.js';

/** Milliseconds a text of so many tokens takes, the whole model: medians of runs in turns. */
export interface SpeedRow {
  readonly tokens: number;
  readonly dense: number;
  readonly denseInt8: number;
  readonly converted: number;
  readonly convertedInt8: number;
}

/** A model's dense weights and tables in int8. */
export const int8 = { linearDtype: 'int8', tableDtype: 'int8' } as const;

/** Speed of a dense model and its conversion on this machine, at the lengths that the model takes. */
export async function measureSpeed(
  backend: BackendFactory,
  threads: number | undefined,
  dense: RobertaModel,
  converted: RobertaModel,
  signal: AbortSignal,
): Promise<SpeedRow[]> {
  const sessions: Session[] = [];
  try {
    for (const [model, precision] of [
      [dense, {}],
      [dense, int8],
      [converted, {}],
      [converted, int8],
    ] as const) {
      sessions.push(await Session.create({ model, backend, threads, thread: 'caller', ...precision }));
    }
    const rows: SpeedRow[] = [];
    for (const tokens of [8, 32, 128].filter((length) => length <= maxSequenceLength(dense.config))) {
      const ids = Array.from({ length: tokens }, (_, t) => (t * 7919 + 1000) % dense.config.vocabSize);
      const passes = sessions.map((session) => () => session.hiddenStates([ids]));
      const samples = await interleave(passes, { repeat: 9, sampleMillis: 20, signal });
      const [a, b, c, d] = samples.map((list) => summarise(list).median);
      rows.push({ tokens, dense: a!, denseInt8: b!, converted: c!, convertedInt8: d! });
    }
    return rows;
  } finally {
    for (const session of sessions) await session.dispose();
  }
}
