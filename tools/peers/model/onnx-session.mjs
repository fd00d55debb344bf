import ort from 'onnxruntime-node';

/** A model in onnxruntime as every bench here runs it: all graph optimisations, so many threads and no more. */
export function onnxSession(model, threads) {
  return ort.InferenceSession.create(model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
  });
}
