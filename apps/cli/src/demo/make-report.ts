import { join } from 'node:path';
import { modelCost, Session } from '@lookupffn/roberta';
import type { Evaluation } from '@lookupffn/train';
import { machine } from '../doctor/machine.js';
import { kernelOf } from '../model/kernel.js';
import { type DemoReport, type ModelName, type ModelReport, modelNames } from '../report/report.js';
import { trainingFolder } from '../training/train-model.js';
import type { Io } from '../ui/io.js';
import { guessSideBySide } from './guess.js';
import { type Latency, measureLatency } from './latency.js';
import { hideWords } from './masks.js';
import { readMetrics } from './metrics.js';
import type { DemoSetup } from './prepare.js';
import { demoPreset } from './preset.js';
import type { DemoState } from './state.js';
import { twinConfig } from './twins.js';

async function modelReport(
  name: ModelName,
  setup: DemoSetup,
  folder: string,
  validation: Evaluation,
  latency: Latency,
): Promise<ModelReport> {
  const { settings, tokenizer } = setup;
  const cost = modelCost(twinConfig(name, tokenizer, settings.sequenceLength));
  const metrics = await readMetrics(
    trainingFolder(join(folder, name)),
    settings.batchSize * settings.sequenceLength,
  );
  return {
    parameters: cost.parameters,
    ffnParameters: cost.ffnParameters,
    ffnFlopsPerToken: cost.ffnFlops,
    ffnBytesPerToken: cost.ffnBytes,
    logPerplexity: validation.logPerplexity,
    accuracy: validation.accuracy,
    ...metrics,
    ...latency,
  };
}

/** Measures both finished models, lets them guess hidden words, and gathers everything that the run has found out. */
export async function makeReport(
  io: Io,
  setup: DemoSetup,
  state: DemoState,
  folder: string,
  validation: Record<ModelName, Evaluation>,
  signal: AbortSignal,
): Promise<DemoReport> {
  const { backend, corpus, settings, text, tokenizer } = setup;
  const open = (name: ModelName) => Session.create({ model: join(folder, name), backend });
  const sessions = { dense: await open('dense'), lookup: await open('lookup') };
  try {
    io.progress.update(() => 'measuring latency');
    const latencyTokens = Math.min(demoPreset.latencyTokens, settings.sequenceLength);
    const latency = await measureLatency(backend, sessions, latencyTokens, signal);
    const heldOut = new Set(corpus.documents.validation);
    const hidden = hideWords(
      text.documents.filter((document) => heldOut.has(document.name)),
      tokenizer,
      { wanted: demoPreset.masks, limit: settings.sequenceLength, seed: settings.seed },
    );
    const report = (name: ModelName) => modelReport(name, setup, folder, validation[name], latency[name]);
    const { cpu, cpus, platform, node } = machine();
    return {
      kind: 'lookupffn-demo-report',
      created: new Date().toISOString(),
      machine: { cpu, cpus, platform, node },
      kernel: kernelOf(backend.info),
      corpus: {
        source: text.title,
        documents: corpus.documents.train.length + corpus.documents.validation.length,
        validationDocuments: corpus.documents.validation.length,
        bytes: text.bytes,
        trainingTokens: corpus.train.count * settings.sequenceLength,
        validationTokens: corpus.validation.count * settings.sequenceLength,
        vocabulary: tokenizer.vocabularySize,
      },
      training: {
        steps: state.steps,
        batch: settings.batchSize,
        sequence: settings.sequenceLength,
        learningRate: demoPreset.training.learningRate,
        seed: settings.seed,
        ...(state.note ? { note: state.note } : {}),
      },
      latencyTokens,
      models: { dense: await report('dense'), lookup: await report('lookup') },
      masks: await guessSideBySide(sessions, tokenizer, hidden, demoPreset.guesses),
    };
  } finally {
    for (const name of modelNames) await sessions[name].dispose();
  }
}
