import { describe, expect, it } from 'vitest';
import { parseTrainingOptions } from '../src/training/options.js';

describe('parseTrainingOptions', () => {
  it('fills in defaults; warm-up is 6% of the steps', () => {
    const options = parseTrainingOptions({ steps: 500, schedule: 'cosine' });
    expect(options).toMatchObject({ steps: 500, schedule: 'cosine', warmupSteps: 30, batchSize: 32 });
    expect(parseTrainingOptions(options)).toEqual(options);
    expect(parseTrainingOptions()).toMatchObject({ steps: 1000, warmupSteps: 60, decaySteps: 0 });
    const stable = parseTrainingOptions({ steps: 500, schedule: 'warmup_stable_decay' });
    expect(stable.decaySteps).toBe(100);
    expect(parseTrainingOptions(stable)).toEqual(stable);
  });

  it.each([
    [{ steps: 0 }, 'steps', /steps is 0; it must be at least 1/],
    [{ steps: 1.5 }, 'steps', /whole number/],
    [{ batchSize: '32' }, 'batchSize', /batchSize is "32"; it must be a number: sequences a step/],
    [{ learningRate: 0 }, 'learningRate', /above 0/],
    [{ learningRate: Number.POSITIVE_INFINITY }, 'learningRate', /above 0/],
    [{ schedule: 'step' }, 'schedule', /'linear', 'cosine', 'constant' or 'warmup_stable_decay'/],
    [{ betas: [0.9, 1] }, 'betas.1', /below 1/],
    [{ betas: 0.9 }, 'betas', /two numbers/],
    [{ weightDecay: -1 }, 'weightDecay', /0 or more/],
    [{ learningrate: 1 }, 'learningrate', /not a known option; known are steps/],
    [{ steps: 10, warmupSteps: 11 }, 'warmupSteps', /at most steps, 10/],
    [{ steps: 10, annealSteps: 11 }, 'annealSteps', /at most steps, 10/],
    [{ steps: 10, decaySteps: 2 }, 'decaySteps', /for the schedule warmup_stable_decay only/],
    [
      { steps: 10, warmupSteps: 5, schedule: 'warmup_stable_decay', decaySteps: 6 },
      'decaySteps',
      /with 5 warm-up steps it must be at most 5/,
    ],
    [{ annealFrom: 'single' }, 'annealFrom', /'neighbours', 'full' or null/],
    [{ tableDropout: 1 }, 'tableDropout', /below 1/],
    [{ mlmProbability: 1 }, 'mlmProbability', /below 1/],
    [{ mlmProbability: 0.1, sequenceLength: 4 }, 'mlmProbability', /hides no token of 4/],
    [{ cellVariationBits: 2 }, 'cellVariationBits', /'one'.*'all'/],
    ['fast', '', /must be an object/],
  ])('refuses %j, naming the key', (input, key, message) => {
    expect(() => parseTrainingOptions(input)).toThrow(
      expect.objectContaining({
        code: 'INVALID_CONFIG',
        details: expect.objectContaining({ key }),
        message: expect.stringMatching(message),
      }),
    );
  });

  it('names every wrong key, with the path of the file it came from', () => {
    expect(() => parseTrainingOptions({ steps: 0, seed: -1 }, 'training.')).toThrow(
      expect.objectContaining({
        details: expect.objectContaining({ keys: ['training.steps', 'training.seed'] }),
      }),
    );
  });
});
