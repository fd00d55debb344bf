// Stands for the vector that the build chooses; see scripts/build-wasm.mjs.
export * from './simd';
