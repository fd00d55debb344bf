import { libraryBuild } from '../../tsup.base.js';

export default libraryBuild(['src/index.ts', 'src/node.ts', 'src/session-worker.ts']);
