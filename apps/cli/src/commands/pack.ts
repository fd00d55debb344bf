import type { LinearDtype, ProjectionDtype, TableDtype } from '@lookupffn/core';
import { packModel, verifyPackedFile } from '@lookupffn/roberta/node';
import { type Command, Option } from 'commander';
import { requireModelFolder } from '../model/open-fill-mask.js';
import { type BackendFlags, openBackend, withBackendFlags } from '../ui/backend-flags.js';
import { bytes } from '../ui/format.js';
import type { Io } from '../ui/io.js';
import { newCommand } from './command.js';

interface PackFlags extends BackendFlags {
  readonly output?: string;
  readonly linearDtype: LinearDtype;
  readonly tableDtype: TableDtype;
  readonly projectionDtype: ProjectionDtype;
  readonly verify?: boolean;
}

/** `lookupffn pack`. */
export function packCommand(io: Io): Command {
  const command = newCommand(
    'pack',
    'Prepare a model for this machine once: a file beside its checkpoint that opens in milliseconds and that processes share.',
    [
      'lookupffn pack runs/demo/lookup --table-dtype int8',
      'lookupffn fill-mask runs/demo/lookup/model.lffn "We must <mask> our country."',
      'lookupffn pack --verify runs/demo/lookup/model.lffn',
    ],
  )
    .argument('<model>', 'model folder; with --verify a packed file')
    .option('-o, --output <file>', 'where to, in the model folder (default: model.lffn)')
    .addOption(
      new Option('--linear-dtype <type>', 'how dense weights are kept')
        .choices(['f32', 'int8'])
        .default('f32'),
    )
    .addOption(
      new Option('--table-dtype <type>', 'how table rows are kept')
        .choices(['f32', 'bf16', 'f16', 'int8', 'int4'])
        .default('f32'),
    )
    .addOption(
      new Option('--projection-dtype <type>', 'how BH4 projections are kept')
        .choices(['f32', 'bf16'])
        .default('f32'),
    )
    .option('--verify', 'compare all of a packed file with its checksums, and write nothing');
  return withBackendFlags(command).action(async (model: string, flags: PackFlags) => {
    if (flags.verify) return verify(io, model);
    requireModelFolder(model);
    const backend = await openBackend(flags);
    try {
      io.progress.update(() => `pack: preparing ${model}`);
      const { linearDtype, tableDtype, projectionDtype } = flags;
      const path = flags.output === undefined ? {} : { path: flags.output };
      const made = await packModel(model, { backend, linearDtype, tableDtype, projectionDtype, ...path });
      io.document(made);
      io.print(
        `${made.path}: ${bytes(made.bytes)}, weights in ${made.dtypes.join(' and ')}, for ${made.layout}`,
      );
    } finally {
      backend.dispose();
    }
  });
}

async function verify(io: Io, path: string): Promise<void> {
  const { layout, precision, fileBytes, sections } = await verifyPackedFile(path);
  io.document({ path, layout, precision, bytes: fileBytes, sections: sections.length });
  io.print(`${path}: whole; ${sections.length} sections, ${bytes(fileBytes)}, for ${layout}`);
}
