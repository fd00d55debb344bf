import { LookupFfnError } from '@lookupffn/core';
import { defaultLimits, type LogLevel, logLevels, type Pooling, type ServeOptions } from '@lookupffn/server';
import { type Command, Option } from 'commander';
import { whole } from '../flags.js';
import type { BackendFlags } from '../ui/backend-flags.js';

export interface ServeFlags extends BackendFlags {
  readonly model?: readonly string[];
  readonly port: number;
  readonly host: string;
  readonly pooling?: Pooling;
  readonly maxBatchTokens: number;
  readonly maxQueueTokens: number;
  readonly maxConcurrentRequests: number;
  readonly maxClientBatchSize: number;
  readonly maxBodyBytes: number;
  readonly requestTimeout: number;
  readonly drainTimeout: number;
  readonly autoTruncate?: boolean;
  readonly apiKey?: readonly string[];
  readonly corsOrigin?: readonly string[];
  readonly keepModels?: boolean;
  readonly corpus?: string;
  readonly logLevel: LogLevel;
}

const prefix = 'LOOKUPFFN_SERVE_';

const collect = (value: string, before: readonly string[] | undefined) => [...(before ?? []), value];
const env = (name: string) => `(env: ${prefix}${name}, separated by commas)`;

/** A flag with one value, which a variable of the same name can give too. */
function setting(flags: string, description: string, fallback?: string | number): Option {
  const name = /--([a-z-]+)/.exec(flags)![1]!;
  const variable = prefix + name.toUpperCase().replaceAll('-', '_');
  const option = new Option(flags, description).default(fallback).env(variable);
  return typeof fallback === 'number' ? option.argParser(whole({ min: 1 })) : option;
}

/** Every flag of `serve`, each an environment variable too. */
export function withServeFlags(command: Command): Command {
  const limits = defaultLimits;
  return command
    .option('-m, --model <path>', `model folder or packed file; once for each model ${env('MODEL')}`, collect)
    .addOption(
      setting('--port <n>', 'port; 0 takes a free one', 3000).argParser(whole({ min: 0, max: 65_535 })),
    )
    .addOption(setting('--host <address>', 'address to listen on', '127.0.0.1'))
    .addOption(
      setting('--pooling <kind>', 'how texts become vectors (default: as the model says, else mean)').choices(
        ['mean', 'cls'],
      ),
    )
    .addOption(setting('--max-batch-tokens <n>', 'tokens computed together', limits.maxBatchTokens))
    .addOption(setting('--max-queue-tokens <n>', 'tokens that may wait for a model', limits.maxQueueTokens))
    .addOption(setting('--max-concurrent-requests <n>', 'requests at a time', limits.maxConcurrentRequests))
    .addOption(setting('--max-client-batch-size <n>', 'texts in a request', limits.maxClientBatchSize))
    .addOption(setting('--max-body-bytes <n>', 'bytes of a request', limits.maxBodyBytes))
    .addOption(setting('--request-timeout <ms>', 'then a request is given up', limits.requestTimeout))
    .addOption(setting('--drain-timeout <ms>', 'for requests under way when stopping', 30_000))
    .option('--auto-truncate', `cut texts that are too long (env: ${prefix}AUTO_TRUNCATE=1)`)
    .option(
      '--api-key <key>',
      `ask for this key; once for each ${env('API_KEY')}, which ps does not show`,
      collect,
    )
    .option('--cors-origin <origin>', `let pages of this origin ask, or * ${env('CORS_ORIGIN')}`, collect)
    .option(
      '--keep-models',
      `give browsers no weights; the page then only asks this server (env: ${prefix}KEEP_MODELS=1)`,
    )
    .addOption(
      new Option(
        '--corpus <path>',
        'text whose sentences the page searches (default: what training held out)',
      ).env(`${prefix}CORPUS`),
    )
    .addOption(setting('--log-level <level>', 'least that is logged', 'info').choices([...logLevels]));
}

function listFrom(name: string): string[] | undefined {
  const items = process.env[prefix + name]?.split(',').map((item) => item.trim());
  const list = items?.filter((item) => item !== '');
  return list && list.length > 0 ? list : undefined;
}

function flagFrom(name: string): boolean {
  const value = process.env[prefix + name]?.toLowerCase() ?? '';
  if (['1', 'true', 'yes', 'on'].includes(value)) return true;
  if (['', '0', 'false', 'no', 'off'].includes(value)) return false;
  throw new LookupFfnError('INVALID_ARGUMENT', `${prefix}${name} is '${value}'; it must be 1 or 0.`);
}

/** Models from the flag, else from its variable. */
export const modelFolders = (flags: ServeFlags) => flags.model ?? listFrom('MODEL') ?? [];

/** What the server takes of the flags. */
export function serverOptions(flags: ServeFlags): Omit<ServeOptions, 'models'> {
  const apiKeys = flags.apiKey ?? listFrom('API_KEY') ?? [];
  if (apiKeys.includes('')) throw new LookupFfnError('INVALID_ARGUMENT', '--api-key is empty.');
  return {
    host: flags.host,
    port: flags.port,
    drainTimeout: flags.drainTimeout,
    pooling: flags.pooling,
    autoTruncate: flags.autoTruncate ?? flagFrom('AUTO_TRUNCATE'),
    apiKeys,
    // A key keeps the models too.
    shareModels: apiKeys.length === 0 && !(flags.keepModels ?? flagFrom('KEEP_MODELS')),
    corsOrigins: flags.corsOrigin ?? listFrom('CORS_ORIGIN') ?? [],
    limits: {
      maxBatchTokens: flags.maxBatchTokens,
      maxQueueTokens: flags.maxQueueTokens,
      maxConcurrentRequests: flags.maxConcurrentRequests,
      maxClientBatchSize: flags.maxClientBatchSize,
      maxBodyBytes: flags.maxBodyBytes,
      requestTimeout: flags.requestTimeout,
    },
  };
}
