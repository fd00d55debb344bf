import { writeSite } from '@lookupffn/server';
import type { Command } from 'commander';
import { modelsToShow } from '../model/models-to-show.js';
import { requireModelFolder } from '../model/open-fill-mask.js';
import { examples } from '../page/examples.js';
import { pageSentences } from '../page/sentences.js';
import { bytes } from '../ui/format.js';
import type { Io } from '../ui/io.js';
import { newCommand } from './command.js';

interface PageFlags {
  readonly out: string;
  readonly model?: readonly string[];
  readonly corpus?: string;
}

/** `lookupffn page`: the page of `serve` as a site that needs no server but one that sends files. */
export function pageCommand(io: Io): Command {
  return newCommand(
    'page',
    'Write the page with trained models as a static site: any web server can send it, and all of it runs in the browser.',
    [
      'lookupffn page -o site                        the two models of the demo',
      'lookupffn page -m runs/a -m runs/b -o site    these, side by side',
      'python3 -m http.server -d site                look at it (a file:// address will not do)',
    ],
  )
    .argument('[models...]', 'model folders, as with -m (default: those of the demo)')
    .requiredOption('-o, --out <folder>', 'where to write the site; an earlier one there is replaced')
    .option('-m, --model <folder>', 'model folder; once for each model', (value, before?: string[]) => [
      ...(before ?? []),
      value,
    ])
    .option('--corpus <path>', 'text whose sentences are searched (default: what training held out)')
    .action(async (given: string[], { out, model = [], corpus }: PageFlags) => {
      const folders = [...model, ...given];
      // Browsers take no packed files.
      folders.forEach(requireModelFolder);
      const models = modelsToShow(folders).map(({ name, folder }) => ({ name, folder }));
      const sentences = await pageSentences(
        models.map(({ folder }) => folder),
        corpus,
      );
      const site = await writeSite(out, { models, examples, sentences });
      io.document({ ...site, models });
      io.print(
        `Wrote ${models.map(({ name }) => name).join(' and ')} into ${site.folder} (${bytes(site.bytes)}). Put it on any web server; it asks for nothing from elsewhere.`,
      );
    });
}
