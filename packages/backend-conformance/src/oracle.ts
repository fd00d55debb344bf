import { type Backend, createReferenceBackend } from '@lookupffn/core';

let oracle: Backend | undefined;

/** Core's reference backend, which golden files check in their turn. */
export function getOracle(): Backend {
  oracle ??= createReferenceBackend();
  return oracle;
}
