export {
  isFile,
  loadPackedSource,
  openPacked,
  packedConfig,
  readPackedHeader,
  verifyPackedFile,
} from './packed/open.js';
export { type PackedFile, type PackOptions, packModel } from './packed/write.js';
export {
  loadModelFolder,
  type ModelFolder,
  type ModelFolderContents,
  saveModelFolder,
} from './weights/folder.js';
