import type { ForwardOps, GradOps } from '../backend/ops.js';
import type { OptimOps } from '../backend/optim-ops.js';
import { adamw } from './adamw.js';
import { add } from './add.js';
import { attention, attentionGrad } from './attention.js';
import { bh4, bh4Grad } from './bh4.js';
import { cellVariation } from './cell-variation.js';
import { crossEntropy, crossEntropyGrad } from './cross-entropy.js';
import { embedding, embeddingGrad } from './embedding.js';
import { gather, gatherGrad } from './gather.js';
import { gelu, geluGrad } from './gelu.js';
import { hadamard, hadamardGrad } from './hadamard.js';
import { layerNorm, layerNormGrad } from './layer-norm.js';
import { linear, linearGrad } from './linear.js';
import { project, projectGrad } from './project.js';
import { hash, hashGrad, read, readGrad } from './read.js';
import { softmax, softmaxGrad } from './softmax.js';
import { sumOfSquares } from './sum-of-squares.js';

/** The forward operations in plain TypeScript: the oracle, and what fills a backend's gaps. Unchecked. */
export const referenceOps: ForwardOps = {
  hadamard,
  bh4,
  project,
  hash,
  read,
  gather,
  layerNorm,
  linear,
  gelu,
  softmax,
  attention,
  embedding,
  add,
  crossEntropy,
};

/** Their backward operations. */
export const referenceGrad: GradOps = {
  hadamard: hadamardGrad,
  bh4: bh4Grad,
  project: projectGrad,
  hash: hashGrad,
  read: readGrad,
  gather: gatherGrad,
  layerNorm: layerNormGrad,
  linear: linearGrad,
  gelu: geluGrad,
  softmax: softmaxGrad,
  attention: attentionGrad,
  embedding: embeddingGrad,
  crossEntropy: crossEntropyGrad,
};

export const referenceOptim: OptimOps = { adamw, sumOfSquares, cellVariation };
