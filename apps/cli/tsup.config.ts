import { libraryBuild } from '../../tsup.base.js';

// A command, not a library: one ESM file, no declarations. The hash-bang of main.ts is kept.
export default libraryBuild(['src/main.ts'], { format: ['esm'], dts: false, shims: false });
