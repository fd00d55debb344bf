import { resolveBackend } from '@lookupffn/auto';
import type { Backend, ResolveOptions } from '@lookupffn/core';
import type { Command } from 'commander';
import { whole } from '../flags.js';

export interface BackendFlags {
  readonly backend?: string;
  readonly threads?: number;
}

/** `--backend` and `--threads`, alike on every command that computes; `threads` says what their default is. */
export function withBackendFlags(command: Command, threads = 'the CPUs this process may use'): Command {
  return command
    .option(
      '--backend <name>',
      'use this backend or fail (default: the fastest that runs here; see doctor; env: LOOKUPFFN_BACKEND)',
    )
    .option(
      '--threads <n>',
      `at most this many threads (default: ${threads}; env: LOOKUPFFN_NUM_THREADS)`,
      whole({ min: 1, max: 1024 }),
    );
}

export function resolveOptions(flags: BackendFlags): ResolveOptions {
  return { require: flags.backend, threads: flags.threads };
}

export function openBackend(flags: BackendFlags): Promise<Backend> {
  return resolveBackend(resolveOptions(flags));
}
