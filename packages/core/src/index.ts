export type { AdoptOps, LookupFfnParts } from './backend/adopt.js';
export * from './backend/backend.js';
export { projectionWeightLength } from './backend/check-prepared.js';
export * from './backend/define.js';
export * from './backend/ops.js';
export * from './backend/optim-ops.js';
export {
  linearPrecision,
  lookupFfnPrecision,
  type PrecisionOptions,
  type PrecisionReport,
} from './backend/precision.js';
export * from './backend/prepared.js';
export * from './backend/registry.js';
export * from './backend/shapes.js';
export * from './backend/signatures.js';
export type { CostParts, FfnCost } from './cost/cost.js';
export { type DenseFfnSizes, denseFfnCost } from './cost/dense-ffn.js';
export { type LookupFfnCostOptions, lookupFfnCost } from './cost/lookup-ffn.js';
export * from './errors.js';
export { fileError } from './files/file-error.js';
export * from './lookup-ffn/config.js';
export { roundTables } from './lookup-ffn/round-tables.js';
export * from './random.js';
export { createReferenceBackend, referenceFactory } from './reference/factory.js';
export { referenceGrad, referenceOps, referenceOptim } from './reference/ops.js';
export { isTensorDtype, type TensorData, type TensorDtype, tensorDtypes } from './safetensors/dtypes.js';
export { bf16ToFloat32, f16ToFloat32, float32ToBf16, float32ToF16 } from './safetensors/half.js';
export { serializeSafetensors, type TensorToWrite } from './safetensors/layout.js';
export { openSafetensors, type SafetensorsFile, type Tensor, type TensorInfo } from './safetensors/open.js';
export { type ByteSource, memorySource } from './safetensors/source.js';
