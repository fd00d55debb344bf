import type { DemoReport, ModelReport } from '../src/report/report.js';

const model: ModelReport = {
  parameters: 1_000_000,
  ffnParameters: 100_000,
  ffnFlopsPerToken: 600_000,
  ffnBytesPerToken: 4096,
  logPerplexity: 5.25,
  accuracy: 0.2,
  trainingTokensPerSecond: 10_000,
  trainingSeconds: 60,
  ffnMicrosPerToken: 3,
  modelMillis: 2,
  lossCurve: [
    { step: 1, value: 9 },
    { step: 2, value: 8 },
  ],
};

/** A report with text in it that must not be taken for markup. */
export const sampleReport: DemoReport = {
  kind: 'lookupffn-demo-report',
  created: '2026-01-01T00:00:00.000Z',
  machine: { cpu: 'CPU', cpus: 2, platform: 'linux', node: '20.20.0' },
  kernel: { backend: 'native', isa: 'avx2', threads: 2 },
  corpus: {
    source: '</script><b>evil & "quoted"</b>',
    documents: 20,
    validationDocuments: 1,
    bytes: 10_000,
    trainingTokens: 9000,
    validationTokens: 1000,
    vocabulary: 300,
  },
  training: { steps: 2, batch: 4, sequence: 32, learningRate: 1e-3, seed: 7 },
  latencyTokens: 32,
  models: {
    dense: model,
    lookup: {
      ...model,
      ffnFlopsPerToken: 100_000,
      logPerplexity: 5.125,
      parameters: 3_000_000,
      trainingTokensPerSecond: 20_000,
      // A run may lack a step.
      lossCurve: [{ step: 2, value: 7 }],
    },
  },
  masks: [
    {
      before: 'We <b>must</b> ',
      after: ' it.',
      answer: 'keep',
      dense: [{ word: ' keep', probability: 0.5 }],
      lookup: [{ word: '</script>', probability: 0.25 }],
    },
  ],
};
