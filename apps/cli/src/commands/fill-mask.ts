import { LookupFfnError } from '@lookupffn/core';
import type { Command } from 'commander';
import { whole } from '../flags.js';
import { openFillMask } from '../model/open-fill-mask.js';
import { type BackendFlags, withBackendFlags } from '../ui/backend-flags.js';
import { percent } from '../ui/format.js';
import { interruptible } from '../ui/interrupt.js';
import type { Io } from '../ui/io.js';
import { table } from '../ui/table.js';
import { newCommand } from './command.js';

interface FillMaskFlags extends BackendFlags {
  readonly topK: number;
}

/** Standard input, one text a line, when no text is given and something is piped in. */
async function textsFrom(given: readonly string[]): Promise<string[]> {
  if (given.length > 0) return [...given];
  if (!process.stdin.isTTY) {
    let all = '';
    process.stdin.setEncoding('utf8');
    for await (const part of process.stdin) all += part;
    const lines = all.split(/\r?\n/).filter((line) => line.trim() !== '');
    if (lines.length > 0) return lines;
  }
  throw new LookupFfnError(
    'INVALID_ARGUMENT',
    'There is no text to fill. Give one, e.g. "The state of the <mask> is strong.", or pipe one in a line.',
  );
}

/** `lookupffn fill-mask`. */
export function fillMaskCommand(io: Io): Command {
  const command = newCommand('fill-mask', 'Fill the masks of a text with a trained model.', [
    'lookupffn fill-mask runs/demo/lookup "The state of the <mask> is strong."',
    'lookupffn fill-mask runs/demo/dense --top-k 3 --json "We must <mask> our <mask>."',
    'cat sentences.txt | lookupffn fill-mask runs/demo/lookup',
  ])
    .argument(
      '<model>',
      'folder with config.json, model.safetensors and tokenizer.json, or a packed file in one',
    )
    .argument('[texts...]', 'texts with <mask> in them (default: the lines of standard input)')
    .option('-k, --top-k <n>', 'candidates for each mask', whole({ min: 1, max: 1000 }), 5);
  return withBackendFlags(command).action((model: string, given: string[], flags: FillMaskFlags) =>
    interruptible(io, 'Stopping.', async (signal) => {
      const texts = await textsFrom(given);
      const { pipeline, kernel, notes } = await openFillMask(model, flags);
      for (const note of notes) io.note(note);
      try {
        // Whoever reads the filled text back should find all of it.
        const filled = await pipeline.nested(texts, { top_k: flags.topK, signal, truncation: false });
        io.document({
          model,
          kernel,
          results: texts.map((text, i) => ({ text, masks: filled[i] })),
        });
        io.print(
          texts
            .map((text, i) =>
              [
                io.colours.bold(text),
                ...filled[i]!.map((candidates) =>
                  table(
                    ['word', 'probability', 'text'],
                    candidates.map((c) => [
                      c.token_str.trim() || JSON.stringify(c.token_str),
                      percent(c.score),
                      c.sequence.trim(),
                    ]),
                    io.colours,
                    ['left', 'right', 'left'],
                  ),
                ),
              ].join('\n'),
            )
            .join('\n\n'),
        );
      } finally {
        await pipeline.dispose();
      }
    }),
  );
}
