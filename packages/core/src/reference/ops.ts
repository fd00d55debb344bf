import type { ForwardOps, GradOps } from '../backend/ops.js';
import type { OptimOps } from '../backend/optim-ops.js';

export declare const referenceOps: ForwardOps;
export declare const referenceGrad: GradOps;
export declare const referenceOptim: OptimOps;
