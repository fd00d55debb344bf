import { resolveFactory } from '@lookupffn/auto';
import { createLog, loadServedModel, type ServedModel, serve } from '@lookupffn/server';
import type { Command } from 'commander';
import { usualFolder } from '../demo/run.js';
import { modelsToShow } from '../model/models-to-show.js';
import { examples } from '../page/examples.js';
import { pageSentences } from '../page/sentences.js';
import { resolveOptions, withBackendFlags } from '../ui/backend-flags.js';
import { catchInterrupt } from '../ui/interrupt.js';
import type { Io } from '../ui/io.js';
import { newCommand } from './command.js';
import { modelFolders, type ServeFlags, serverOptions, withServeFlags } from './serve-flags.js';

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    signal.addEventListener('abort', () => done());
  });
}

/** `lookupffn serve`: until Ctrl-C or SIGTERM, which let the requests under way end. */
export function serveCommand(io: Io): Command {
  const command = newCommand(
    'serve',
    'Serve trained models: a page to try them side by side, and an HTTP API for clients of text-embeddings-inference and OpenAI (documented at /docs).',
    [
      'lookupffn serve                              the two models of the demo',
      'lookupffn serve -m runs/mine --port 8080',
      'lookupffn serve -m runs/a -m runs/b          the first answers whoever names none',
      'lookupffn serve -m runs/mine/model.lffn      what `lookupffn pack` made: opens at once',
      'lookupffn serve --host 0.0.0.0               also from other machines',
    ],
  ).argument('[models...]', `model folders or packed files, as with -m (default: those in ${usualFolder})`);
  return withBackendFlags(withServeFlags(command)).action(async (given: string[], flags: ServeFlags) => {
    const options = serverOptions(flags);
    const chosen = modelsToShow([...modelFolders(flags), ...given]);
    const folders = [...new Set(chosen.map(({ folder }) => folder))];
    const names = chosen.map(({ name }) => name);
    const backend = await resolveFactory(resolveOptions(flags));
    const log = createLog({ level: flags.logLevel });
    const models: ServedModel[] = [];
    const interrupt = catchInterrupt(io, 'Stopping when the requests under way are answered.');
    try {
      for (const { name, model } of chosen) {
        const loaded = await loadServedModel(model, { name, backend, threads: flags.threads });
        models.push(loaded);
        for (const note of loaded.notes) io.note(note);
      }
      const sentences = await pageSentences(folders, flags.corpus);
      const server = await serve({ ...options, models, examples, sentences, log });
      io.document({ url: server.url, models: models.map((model) => model.info) });
      io.print(
        `Serving ${names.join(' and ')} at ${server.url} (documentation: ${server.url}docs; Ctrl-C stops)`,
      );
      if (!['127.0.0.1', '::1', 'localhost'].includes(flags.host) && options.apiKeys?.length === 0) {
        log.warn('other machines can ask without a key; see --api-key', { host: flags.host });
      }
      await aborted(interrupt.signal);
      const answered = await server.close();
      if (!answered) {
        io.note('Some requests were not answered in time (--drain-timeout).');
        io.exitCode = 1;
      }
    } finally {
      for (const model of models) await model.dispose();
      interrupt.release();
    }
  });
}
