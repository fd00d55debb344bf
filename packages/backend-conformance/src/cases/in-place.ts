import { type ConformanceCase, makeCase } from '../case.js';
import { randomFor } from '../inputs.js';
import { execute, makeCall } from '../invoke.js';
import { type Situation, situations } from '../situations.js';

/** Operations whose result may take the place of an input: the interface says so where each is declared. */
const inPlace: Readonly<Record<string, readonly string[]>> = {
  hadamard: ['x'],
  layerNorm: ['x'],
  gelu: ['x'],
  softmax: ['x'],
  add: ['a', 'b'],
};

function inPlaceCase(situation: Situation): ConformanceCase {
  return makeCase(
    'property',
    `ops.${situation.op}`,
    `in place: ${situation.label}`,
    (backend, findings, name) => {
      const call = makeCall('ops', situation, randomFor(name));
      const expected = execute(backend, call).get('y')!;
      for (const reused of inPlace[situation.op]!) {
        const inputs = [...call.inputs].map(
          ([key, array]) => [key, (array as Float32Array).slice()] as const,
        );
        const y = new Map(inputs).get(reused)!;
        // biome-ignore lint/suspicious/noExplicitAny: operations are walked by name here.
        (backend.ops as any)[situation.op](call.shape, ...inputs.map(([, array]) => array), y);
        findings.same(`y in the place of ${reused}`, y, expected as Float32Array);
      }
    },
  );
}

/** A result in the place of an input has the same bits as one beside it. */
export const inPlaceCases: readonly ConformanceCase[] = situations
  .filter(({ op, only }) => op in inPlace && only === undefined)
  .map(inPlaceCase);
