// Every kernel takes byte addresses in the module's memory and counts of numbers; strides are in bytes. The caller
// (src/) checks lengths and places data: nothing here allocates.
export { bh4, bh4Block, bh4FoldBytes, finishProjection, packBh4 } from './ops/bh4';
export { copyRows } from './ops/copy';
export { crossEntropy } from './ops/cross-entropy';
export { gatherRows } from './ops/gather';
export { gelu } from './ops/gelu';
export { gemm } from './ops/gemm';
export { hadamard } from './ops/hadamard';
export { hash } from './ops/hash';
export { layerNorm } from './ops/layer-norm';
export { gemmInt8, int8PanelBytes, int8RowBytes, packInt8, products, quantizeActivations } from './ops/linear-int8';
export { lookup, lookupListBytes } from './ops/lookup';
export { pack, panelWidth } from './ops/pack';
export { quantizeRow } from './ops/quantize';
export { read } from './ops/read';
export { softmax } from './ops/softmax';
