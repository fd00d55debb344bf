export {
  loadModelFolder,
  type ModelFolder,
  type ModelFolderContents,
  saveModelFolder,
} from './weights/folder.js';
