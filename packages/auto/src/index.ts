import { referenceFactory, registerBackend } from '@lookupffn/core';
import { nativeFactory } from '@lookupffn/kernels-native';
import { wasmFactory } from '@lookupffn/kernels-wasm';

// Importing this module is what registers; package.json says so under sideEffects.
for (const factory of [nativeFactory, wasmFactory, referenceFactory]) registerBackend(factory);

export { explainBackends, resolveBackend, resolveFactory } from '@lookupffn/core';
export { describeChoice } from './describe.js';
