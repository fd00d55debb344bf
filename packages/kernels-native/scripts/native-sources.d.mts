interface Room {
  readonly gcc: readonly string[];
  readonly msvc: readonly string[];
}
export const kernels: {
  readonly x64: Readonly<Record<'scalar' | 'sse41' | 'avx2' | 'avx512' | 'avx512vnni', Room>>;
  readonly arm64: Readonly<Record<'scalar' | 'neon' | 'neondot', Room>>;
};
export function isasOf(architecture: string): Readonly<Record<string, Room>>;
