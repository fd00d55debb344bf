export {
  isFile,
  loadPackedSource,
  openPacked,
  packedConfig,
  readPackedHeader,
  verifyPackedFile,
} from './packed/open.js';
export { type PackedFile, type PackOptions, packModel } from './packed/write.js';
export { applyTuning } from './tuning/apply.js';
export {
  findTuning,
  saveTuning,
  type Tuning,
  type TuningKey,
  tuningFile,
  tuningKey,
} from './tuning/cache.js';
export {
  loadModelFolder,
  type ModelFolder,
  type ModelFolderContents,
  readModelConfig,
  saveModelFolder,
} from './weights/folder.js';
