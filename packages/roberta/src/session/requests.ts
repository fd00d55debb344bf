import { LookupFfnError } from '@lookupffn/core';
import { packSequences } from '../model/batch.js';
import type { ModelHead, RobertaConfig } from '../model/config.js';
import { invalid } from './check-options.js';
import type { Sequences } from './types.js';
import type { Task, WorkRequest } from './work.js';

/** Positions per sequence. */
export type Positions = readonly ArrayLike<number>[];

/** A single sequence given by mistake for a batch is the commonest of wrong arguments. */
function checkSequences(sequences: unknown): void {
  const isList = (list: unknown) =>
    typeof list === 'object' && list !== null && Number.isInteger((list as ArrayLike<number>).length);
  if (!Array.isArray(sequences) || !sequences.every(isList))
    invalid('Give an array of sequences, each an array of token ids; a single sequence as [ids].');
}

/** Where the mask token stands in each sequence. */
export function findMasks(sequences: Sequences, config: RobertaConfig, maskTokenId?: number): number[][] {
  checkSequences(sequences);
  const mask = maskTokenId ?? config.maskTokenId;
  if (mask === undefined) {
    invalid(
      "The mask token's id is not known: config.json has no mask_token_id. Give maskTokenId, or the positions to fill.",
    );
  }
  return sequences.map((sequence) =>
    Array.from({ length: sequence.length }, (_, t) => t).filter((t) => sequence[t] === mask),
  );
}

// Not Array.isArray in place: it would widen the elements to any.
const isListOf = (value: unknown, length: number) => Array.isArray(value) && value.length === length;

function packRows(sequences: Sequences, offsets: Int32Array, positions: Positions): Int32Array {
  if (!isListOf(positions, sequences.length)) {
    invalid('Give positions as one array for each sequence.', { sequences: sequences.length });
  }
  const rows = positions.flatMap((list, i) =>
    Array.from(list, (position) => {
      const { length } = sequences[i]!;
      if (!Number.isInteger(position) || position < 0 || position >= length) {
        throw new LookupFfnError(
          'INDEX_OUT_OF_RANGE',
          `Position ${position} of sequence ${i} does not exist; it has ${length} tokens.`,
          { sequence: i, position, length },
        );
      }
      return offsets[i]! + position;
    }),
  );
  return Int32Array.from(rows);
}

const headOfTask = {
  hidden: undefined,
  fill: 'masked-lm',
  logits: 'masked-lm',
  losses: 'masked-lm',
  classes: 'sequence-classification',
} as const satisfies Record<Task['kind'], ModelHead | undefined>;

/** Throws `INVALID_ARGUMENT` where the model lacks the head that a task reads. */
function requireHead(config: RobertaConfig, task: Task): void {
  const head = headOfTask[task.kind];
  if (head && config.head !== head) {
    const has = config.head === 'none' ? 'no head' : `a ${config.head} head`;
    invalid(`This needs a model with a ${head} head; this one has ${has}.`, {
      needed: head,
      head: config.head,
    });
  }
}

/** A request checked on the caller's side, before it waits for its turn. */
export function makeRequest(
  sequences: Sequences,
  config: RobertaConfig,
  positions: Positions | 'none',
  task: Task,
  typeIds?: Positions,
): WorkRequest {
  checkSequences(sequences);
  requireHead(config, task);
  const batch = packSequences(sequences, config, typeIds);
  const rows = positions === 'none' ? new Int32Array(0) : packRows(sequences, batch.offsets, positions);
  return { ...batch, rows, task };
}

/** Target ids for each asked position, flattened as the rows are. */
export function packTargets(targets: Positions, positions: Positions, config: RobertaConfig): Int32Array {
  if (!isListOf(targets, positions.length)) {
    invalid('Give targets as one array for each sequence.', { sequences: positions.length });
  }
  const flat = targets.flatMap((list, i) => {
    if (list.length !== positions[i]?.length) {
      invalid(`Sequence ${i} has ${positions[i]?.length} positions and ${list.length} targets.`);
    }
    return Array.from(list);
  });
  const bad = flat.find((id) => !Number.isInteger(id) || id < 0 || id >= config.vocabSize);
  if (bad !== undefined) {
    throw new LookupFfnError(
      'INDEX_OUT_OF_RANGE',
      `Target ${bad} is not in the vocabulary, which has ids 0 to ${config.vocabSize - 1}.`,
      { id: bad },
    );
  }
  return Int32Array.from(flat);
}
