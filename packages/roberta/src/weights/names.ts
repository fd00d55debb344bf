import type { RobertaConfig } from '../model/config.js';
import { modulePrefix } from '../model/modules.js';
import { tiedParameters } from '../model/parameters.js';
import { authorsName } from './authors.js';

/** TensorFlow's names of LayerNorm's parameters, which BERT's first checkpoints still have. */
function olderName(name: string): string[] {
  const match = /^(.*LayerNorm)\.(weight|bias)$/.exec(name);
  return match ? [`${match[1]}.${match[2] === 'weight' ? 'gamma' : 'beta'}`] : [];
}

/**
 * Names that a parameter may have in a checkpoint, the likeliest first: as in the model, without the encoder's prefix
 * (saved from the bare encoder), as LookupFFN's authors name it, after `model.` (saved by Lightning), and those it is
 * tied to.
 */
export function checkpointNames(name: string, config: RobertaConfig): string[] {
  const prefix = `${modulePrefix(config)}.`;
  const tied = [...tiedParameters(config)].filter(([, target]) => target === name).map(([alias]) => alias);
  const theirs = config.norm === 'pre' ? [authorsName(name)].filter((other) => other !== name) : [];
  return [name, ...(name.startsWith(prefix) ? [name.slice(prefix.length)] : []), ...theirs, ...tied]
    .flatMap((plain) => [plain, ...olderName(plain)])
    .flatMap((plain) => [plain, `model.${plain}`]);
}
