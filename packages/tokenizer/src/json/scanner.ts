import { scannerModule } from './scanner.generated.js';

/** What assembly/ exports, where it is documented; numbers are addresses and counts. */
interface Exports {
  readonly scanTable: (
    from: number,
    to: number,
    automaton: number,
    isSpaced: boolean,
    units: number,
    starts: number,
    hashes: number,
    numbers: number,
  ) => number;
  readonly count: { readonly value: number };
  readonly indexTexts: (
    count: number,
    width: number,
    bits: number,
    slots: number,
    units: number,
    starts: number,
    hashes: number,
  ) => number;
}

export interface Scanner extends Exports {
  readonly memory: WebAssembly.Memory;
}

export const PAGE = 65_536;

let compiled: WebAssembly.Module | undefined;

/**
 * The functions of assembly/ on so many bytes of memory of their own; pages that are never written to cost nothing.
 * Throws where there is no WebAssembly, where a content security policy forbids it, and where there is no such memory.
 */
export function makeScanner(bytes: number): Scanner {
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(scannerModule), (sign) => sign.charCodeAt(0)));
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  return { ...(exports as unknown as Exports), memory };
}
