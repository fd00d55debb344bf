/** Bytes that can be read at any place: a file, a buffer, or a server that answers range requests. */
export interface ByteSource {
  /** Shown in errors. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** Exactly `length` bytes from `offset`, in an array that the caller may keep; fewer only at a cut-off end. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** A source over bytes in memory. */
export function memorySource(bytes: Uint8Array, name = 'memory'): ByteSource {
  return {
    name,
    size: bytes.byteLength,
    // A copy: starts aligned, and stays the caller's when the buffer changes.
    read: async (offset, length) => bytes.slice(offset, offset + length),
  };
}
