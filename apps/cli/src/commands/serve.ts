import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { resolveFactory } from '@lookupffn/auto';
import { LookupFfnError } from '@lookupffn/core';
import { loadServedModel, type ServedModel, serve } from '@lookupffn/server';
import type { Command } from 'commander';
import { usualFolder } from '../demo/run.js';
import { whole } from '../flags.js';
import { requireModelFolder } from '../model/open-fill-mask.js';
import { modelNames } from '../report/report.js';
import { type BackendFlags, resolveOptions, withBackendFlags } from '../ui/backend-flags.js';
import { catchInterrupt } from '../ui/interrupt.js';
import type { Io } from '../ui/io.js';
import { newCommand } from './command.js';

interface ServeFlags extends BackendFlags {
  readonly port: number;
  readonly host: string;
}

const examples = [
  'The state of the <mask> is strong.',
  'I recommend this subject to the attention of <mask>.',
  'We must <mask> our country.',
];

/** The demo's two models, if there are any. */
function usualModels(): string[] {
  const found = modelNames
    .map((name) => join(usualFolder, name))
    .filter((path) => existsSync(join(path, 'config.json')));
  if (found.length > 0) return found;
  throw new LookupFfnError(
    'FILE_NOT_FOUND',
    `There are no models in ${usualFolder}. Run \`lookupffn demo\` first, or give the folders of trained models.`,
  );
}

/** Names for the models: their folders' names, made different where two are alike. */
function namesOf(folders: readonly string[]): string[] {
  const plain = folders.map((folder) => basename(join(folder)));
  return plain.map((name, i) => (plain.indexOf(name) === plain.lastIndexOf(name) ? name : folders[i]!));
}

/** `lookupffn serve`: until Ctrl-C. */
export function serveCommand(io: Io): Command {
  const command = newCommand(
    'serve',
    'Serve trained models: a page to try them side by side, and an HTTP API.',
    [
      'lookupffn serve                              the two models of the demo',
      'lookupffn serve runs/mine --port 8080',
      'lookupffn serve --host 0.0.0.0               also from other machines',
    ],
  )
    .argument('[models...]', `model folders (default: those in ${usualFolder})`)
    .option('--port <n>', 'port; 0 takes a free one', whole({ min: 0, max: 65_535 }), 3000)
    .option('--host <address>', 'address to listen on', '127.0.0.1');
  return withBackendFlags(command).action(async (given: string[], flags: ServeFlags) => {
    const folders = given.length > 0 ? given : usualModels();
    const names = namesOf(folders);
    folders.forEach(requireModelFolder);
    const backend = await resolveFactory(resolveOptions(flags));
    const models: ServedModel[] = [];
    const interrupt = catchInterrupt(io, 'Stopping.');
    try {
      for (const [i, folder] of folders.entries())
        models.push(await loadServedModel(folder, { name: names[i]!, backend, threads: flags.threads }));
      const server = await serve({
        models,
        examples,
        host: flags.host,
        port: flags.port,
        log: (text) => io.note(text),
      });
      io.document({ url: server.url, models: models.map((model) => model.info) });
      io.print(`Serving ${names.join(' and ')} at ${server.url} (Ctrl-C stops)`);
      // A server waits for nothing but the end.
      await new Promise<void>((resolve) => {
        if (interrupt.signal.aborted) resolve();
        interrupt.signal.addEventListener('abort', () => resolve());
      });
      await server.close();
      io.exitCode = 130;
    } finally {
      for (const model of models) await model.dispose();
      interrupt.release();
    }
  });
}
