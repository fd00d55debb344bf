import type { RobertaConfigInput } from '@lookupffn/roberta';
import { expect, it } from 'vitest';
import { backwardExamples } from '../src/finetune/encoded.js';
import { float64Tape, makeFloat64, roughParameters, tinyConfig } from './model.js';

const head = { head: 'sequence-classification', problemType: 'single_label_classification' } as const;

it.each<[string, RobertaConfigInput, number[]]>([
  ["RoBERTa's classes", { ...head, labels: ['a', 'b', 'c'] }, [2, 0]],
  ["BERT's classes, with token types", { ...head, family: 'bert', labels: ['a', 'b'] }, [1, 0]],
  ['a regression', { ...head, family: 'bert', labels: ['score'], problemType: 'regression' }, [0.7, -1.5]],
])('gradients of %s are differences of the loss', (_, input, labels) => {
  const config = tinyConfig(input);
  const parameters = roughParameters(config, makeFloat64);
  const batch = [
    { ids: [0, 5, 6, 7, 2], typeIds: [0, 0, 1, 1, 1], label: labels[0]! },
    { ids: [0, 9, 2], typeIds: [0, 0, 0], label: labels[1]! },
  ];
  const evaluate = () => {
    parameters.gradients.fill(0);
    return backwardExamples(float64Tape(config, parameters), config, batch);
  };
  evaluate();
  const gradients = parameters.gradients.slice();
  for (const { name, data, gradient } of parameters.groups.flatMap((group) => group.parameters)) {
    const offset = (gradient.byteOffset - parameters.gradients.byteOffset) / 8;
    for (let i = 0; i < data.length; i += Math.max(1, Math.floor(data.length / 6))) {
      const value = data[i]!;
      const at = (change: number) => {
        data[i] = value + change;
        return evaluate();
      };
      const expected = (at(1e-5) - at(-1e-5)) / 2e-5;
      data[i] = value;
      expect(Math.abs(gradients[offset + i]! - expected), `${name}[${i}]`).toBeLessThan(
        1e-8 + 1e-6 * Math.abs(expected),
      );
    }
  }
});
