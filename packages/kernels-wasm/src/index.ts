export { createWasmBackend, type WasmBackendOptions } from './backend.js';
export { supportsIsa, type WasmIsa, wasmIsas } from './isa.js';
export { wasmFactory } from './wasm-factory.js';
