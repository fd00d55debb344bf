import { Command } from 'commander';
import type { Io } from '../ui/io.js';
import { benchLayerCommand, benchModelCommand } from './bench-encoder.js';
import { benchFfnCommand } from './bench-ffn.js';

/** `lookupffn bench ...` */
export function benchCommand(io: Io): Command {
  return new Command('bench')
    .description('Measure this machine.')
    .addCommand(benchFfnCommand(io))
    .addCommand(benchLayerCommand(io))
    .addCommand(benchModelCommand(io));
}
