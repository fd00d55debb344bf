// The WebAssembly binary format's import section of the modules: one import, memory `env.memory`, from 0 pages up. A
// module for memory that threads share differs by its limits alone: shared, with a maximum, of 65535 pages (LEB128).
const name = [1, 3, ...Array.from('env', code), 6, ...Array.from('memory', code), 2];
const plain = [2, 15, ...name, 0, 0];
const shared = [2, 18, ...name, 3, 0, 255, 255, 3];

function code(character: string): number {
  return character.charCodeAt(0);
}

/** The same module for shared memory: shipping both would double what a page loads. */
export function withSharedMemory(module: Uint8Array): Uint8Array<ArrayBuffer> {
  const at = module.findIndex((_, i) => plain.every((byte, j) => module[i + j] === byte));
  if (at < 0) throw new Error('the module does not import its memory as the build makes it');
  const result = new Uint8Array(module.length + shared.length - plain.length);
  result.set(module.subarray(0, at));
  result.set(shared, at);
  result.set(module.subarray(at + plain.length), at + shared.length);
  return result;
}
