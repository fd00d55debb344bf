import { libraryBuild } from '../../tsup.base.js';

// CommonJS shares chunks too: the modules would otherwise be in both of its entries.
export default libraryBuild(['src/index.ts', 'src/factory.ts'], { splitting: true });
