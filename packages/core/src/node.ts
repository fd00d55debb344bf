export { fileError } from './files/file-error.js';
export { readFileBytes, readJsonFile, readTextFile } from './files/read-file.js';
export { replaceFile, writeJsonFile, writeTextFile } from './files/replace-file.js';
export { userCacheFolder } from './files/user-cache.js';
export { type OpenSafetensorsFile, openSafetensorsFile, writeSafetensors } from './safetensors/file.js';
