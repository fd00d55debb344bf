import { referenceFactory, registerBackend } from '@lookupffn/core';
import { wasmFactory } from '@lookupffn/kernels-wasm';

// What the `browser` condition of package.json resolves to: an addon for Node has no place in a page's bundle.
for (const factory of [wasmFactory, referenceFactory]) registerBackend(factory);

export { explainBackends, resolveBackend, resolveFactory } from '@lookupffn/core';
export { describeChoice } from './describe.js';
