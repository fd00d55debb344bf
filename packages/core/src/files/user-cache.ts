import { homedir } from 'node:os';
import { join } from 'node:path';

/** `lookupffn` in the user's cache folder: XDG_CACHE_HOME, LOCALAPPDATA on Windows, or ~/.cache. It may not exist yet. */
export function userCacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  const root = XDG_CACHE_HOME || (process.platform === 'win32' && LOCALAPPDATA) || join(homedir(), '.cache');
  return join(root, 'lookupffn');
}
