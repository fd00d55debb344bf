// What packages with an assembly/ folder have in common: AssemblyScript's compiler on files, its module in memory.
import { readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';

/**
 * The WebAssembly module that `assembly/index.ts` below `root` compiles to. `asc` is the package's own compiler
 * (`assemblyscript/asc`); `replaced` gives the texts of some files, by their normalized paths, in place of what is on disk.
 * Throws with the compiler's messages.
 */
export async function compileAssembly(asc, root, flags, replaced = {}) {
  let binary;
  const { error, stderr } = await asc.main(
    [
      ...['assembly/index.ts', '--outFile', 'module.wasm', '--runtime', 'stub', '--importMemory'],
      ...['--optimizeLevel', '3', '--converge', '--noAssert', ...flags],
    ],
    {
      readFile(name, baseDir) {
        try {
          return (
            replaced[normalize(name)] ??
            readFileSync(join(root, baseDir === '.' ? '' : baseDir, name), 'utf8')
          );
        } catch (cause) {
          // The compiler probes for x.ts and x/index.ts: a missing file is an answer.
          if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') return null;
          throw cause;
        }
      },
      writeFile(_name, contents) {
        binary = contents;
      },
      listFiles: () => [],
    },
  );
  const messages = stderr.toString();
  if (error || !binary)
    throw new Error(`${join(root, 'assembly')} does not compile:\n${messages}${error ?? ''}`);
  if (messages) process.stderr.write(messages);
  return Buffer.from(binary);
}
