import { LookupFfnError } from '@lookupffn/core';

/** The modules, slowest first. `relaxed-simd` is simd128 with fused multiply-adds. */
export const wasmIsas = ['scalar', 'simd128', 'relaxed-simd'] as const;
export type WasmIsa = (typeof wasmIsas)[number];

// One function each that uses one instruction of the feature: `i8x16.splat`, `f32x4.relaxed_madd`.
const preamble = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0];
const zero = [65, 0, 253, 15];
const samples: Record<WasmIsa, number[]> = {
  scalar: [0, 97, 115, 109, 1, 0, 0, 0],
  simd128: [...preamble, 10, 8, 1, 6, 0, ...zero, 11],
  'relaxed-simd': [...preamble, 10, 19, 1, 17, 0, ...zero, ...zero, ...zero, 253, 133, 2, 11],
};

/** Whether this engine takes the module of an instruction set. */
export function supportsIsa(isa: WasmIsa): boolean {
  return WebAssembly.validate(new Uint8Array(samples[isa]));
}

function isWasmIsa(name: string): name is WasmIsa {
  return (wasmIsas as readonly string[]).includes(name);
}

/** LOOKUPFFN_ISA, where there is an environment. It also carries other backends' names, which mean nothing here. */
function environmentCap(): WasmIsa | undefined {
  const name = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env
    ?.LOOKUPFFN_ISA;
  return name !== undefined && isWasmIsa(name) ? name : undefined;
}

/**
 * The best instruction set this engine has, at most `cap`, or at most LOOKUPFFN_ISA when no cap is given. Throws
 * `INVALID_ARGUMENT` for a cap that is none of `wasmIsas`.
 */
export function chooseIsa(cap?: string): WasmIsa {
  if (cap !== undefined && !isWasmIsa(cap)) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `The wasm backend has no instruction set '${cap}'; use one of ${wasmIsas.join(', ')}.`,
      { isa: cap, known: wasmIsas },
    );
  }
  const highest = cap ?? environmentCap() ?? 'relaxed-simd';
  const allowed = wasmIsas.slice(0, wasmIsas.indexOf(highest) + 1);
  return [...allowed].reverse().find(supportsIsa) ?? 'scalar';
}
