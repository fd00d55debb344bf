import { throwIfAborted } from '@lookupffn/core';
import { Trainer } from '@lookupffn/train';
import { type ModelName, modelNames } from '../report/report.js';
import { duration } from '../ui/format.js';
import type { Io } from '../ui/io.js';
import type { DemoSetup } from './prepare.js';
import { demoPreset } from './preset.js';
import type { DemoFlags } from './settings.js';
import { twinConfig, twinTraining } from './twins.js';

export interface Pace {
  /** Steps of each model. */
  readonly steps: number;
  /** Why there are fewer than the preset plans. */
  readonly note?: string;
}

/** Long enough to time, when steps are short. */
const sampleSeconds = 1;

/** Seconds a step of one twin, from a trainer that is thrown away. */
async function secondsPerStep(name: ModelName, setup: DemoSetup, signal: AbortSignal): Promise<number> {
  const { backend, corpus, settings, tokenizer } = setup;
  const trainer = await Trainer.create({
    config: twinConfig(name, tokenizer, settings.sequenceLength),
    backend,
    corpus,
    options: twinTraining(settings, demoPreset.steps),
  });
  const enough = new AbortController();
  const stop = () => enough.abort();
  signal.addEventListener('abort', stop);
  const start = performance.now();
  let warm = 0;
  let seconds = 0;
  try {
    await trainer.run({
      signal: enough.signal,
      onProgress: ({ step }) => {
        const elapsed = (performance.now() - start) / 1000;
        if (step === 1) warm = elapsed;
        // The first step warms caches and the compiler up; where it alone is long, it has to do.
        seconds = step === 1 ? elapsed : (elapsed - warm) / (step - 1);
        if (elapsed - warm > sampleSeconds || warm > 3 * sampleSeconds) stop();
      },
    });
  } finally {
    signal.removeEventListener('abort', stop);
  }
  throwIfAborted(signal, 'The demo');
  return seconds;
}

/** A round number that a reader can remember, where there are enough steps to round. */
const roundDown = (steps: number): number => (steps >= 100 ? Math.floor(steps / 10) * 10 : Math.floor(steps));

/** The number of steps of each twin: as asked for, or the preset's, or what fits into the time on a slower machine. */
export async function choosePace(
  io: Io,
  setup: DemoSetup,
  flags: DemoFlags,
  signal: AbortSignal,
): Promise<Pace> {
  if (flags.steps !== undefined) return { steps: flags.steps };
  const { name } = setup.backend.info;
  let both = 0;
  for (const twin of modelNames) {
    io.progress.update(() => `timing a few steps of the ${twin} model`);
    both += await secondsPerStep(twin, setup, signal);
  }
  const minutes = flags.minutes ?? demoPreset.trainingMinutes;
  const fit = Math.max(demoPreset.leastSteps, roundDown((minutes * 60) / both));
  if (flags.minutes !== undefined) return { steps: fit };
  if (fit >= demoPreset.steps) return { steps: demoPreset.steps };
  const full = duration(demoPreset.steps * both);
  return {
    steps: fit,
    note: `The ${name} backend trains a step of both models in ${both.toFixed(2)} s here: ${fit} steps instead of ${demoPreset.steps} (which would take ${full}), to keep to ${minutes} minutes. Expect weaker models; --steps or --minutes asks for more.`,
  };
}
