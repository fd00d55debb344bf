import type { BackendInfo } from '@lookupffn/core';

/** Which kernels computed something, as documents and reports name them. */
export interface Kernel {
  readonly backend: string;
  readonly isa: string;
  readonly threads: number;
}

export function kernelOf({ name, isa, threads }: BackendInfo): Kernel {
  return { backend: name, isa, threads };
}

/** "native (avx2), threads 2" */
export function kernelText({ backend, isa, threads }: Kernel): string {
  return `${backend} (${isa}), threads ${threads}`;
}
