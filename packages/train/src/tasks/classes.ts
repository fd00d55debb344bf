import { LookupFfnError } from '@lookupffn/core';
import type { Example } from './examples.js';

/** Classes are whole numbers from 0; a label past a thousand is rather a score. */
export const isClass = (label: number): boolean => Number.isInteger(label) && label >= 0 && label <= 999;

/** As many as the largest label says. Throws `CORPUS_INVALID` for labels that are no classes. */
export function countClasses(examples: readonly Example[]): number {
  let count = 0;
  for (const { label } of examples) {
    if (!isClass(label)) {
      throw new LookupFfnError(
        'CORPUS_INVALID',
        `A label is ${label}; classes are whole numbers from 0. For scores, ask for a regression.`,
        { label },
      );
    }
    count = Math.max(count, label + 1);
  }
  return count;
}

/** The same of what a head or a probe learns from. Throws `CORPUS_INVALID` too where all have one class. */
export function countTrainClasses(examples: readonly Example[]): number {
  const count = countClasses(examples);
  const label = examples[0]?.label;
  if (examples.every((example) => example.label === label)) {
    throw new LookupFfnError(
      'CORPUS_INVALID',
      examples.length === 0
        ? 'There are no examples to train on.'
        : `All examples to train on have the label ${label}. Give examples of at least two classes.`,
      { label },
    );
  }
  return count;
}

/** Throws `INVALID_ARGUMENT` for a test label past the `known` classes. `where` names what knows them. */
export function checkTestClasses(test: readonly Example[], known: number, where: string): void {
  const count = countClasses(test);
  if (count <= known) return;
  throw new LookupFfnError(
    'INVALID_ARGUMENT',
    `A test example has the label ${count - 1}, but ${where} the classes 0 to ${known - 1} only. Train on examples of every class, or test on those classes.`,
    { label: count - 1, known },
  );
}
