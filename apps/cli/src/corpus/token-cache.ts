import { join, resolve } from 'node:path';
import { userCacheFolder } from '@lookupffn/core/node';
import type { TokenCacheOptions } from '@lookupffn/train';
import type { Command } from 'commander';
import type { Io } from '../ui/io.js';
import { requireWritable } from '../ui/writable.js';

export interface TokenCacheFlags {
  /** False to keep all tokens in memory. */
  readonly tokenCache?: string | false;
}

export function withTokenCacheFlags(command: Command): Command {
  return command
    .option(
      '--token-cache <folder>',
      "where the tokenised corpus is kept for the next time (default: lookupffn/tokens in the user's cache folder)",
    )
    .option('--no-token-cache', 'keep the tokenised corpus in memory only');
}

/**
 * The cache that the flags ask for. A usual folder that cannot be written is done without, with a note; for one that
 * was asked for, `FILE_IO` is thrown.
 */
export async function openTokenCache(
  io: Io,
  { tokenCache }: TokenCacheFlags,
): Promise<TokenCacheOptions | undefined> {
  if (tokenCache === false) return undefined;
  const folder = tokenCache ?? join(userCacheFolder(), 'tokens');
  // Before it is made: in a system's own folders (/proc), Node's recursive mkdir never ends.
  if (tokenCache !== undefined) await requireWritable(resolve(folder), 'keep tokens in');
  else {
    try {
      await requireWritable(folder);
    } catch {
      io.note(
        `${folder} cannot be written: the tokenised corpus stays in memory. --token-cache names another folder.`,
      );
      return undefined;
    }
  }
  const onDamage = (path: string, reason: string) =>
    io.note(`Stored tokens are damaged and made again: ${path} ${reason}.`);
  return { folder, onDamage };
}
