export { wasmFactory as default } from './wasm-factory.js';
