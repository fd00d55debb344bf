import { BACKEND_API_VERSION, createReferenceBackend, defineBackend, LookupFfnError } from '@lookupffn/core';

/** What goes wrong in the worker that imports this module, said by the query of its URL. */
const fault = new URL(import.meta.url).searchParams.get('fault');

// The model is sent through once at creation, in two layers: later calls belong to requests.
const warmUpCalls = 2;
let calls = 0;

function attention(shape, ...args) {
  calls++;
  if (calls > warmUpCalls && fault === 'exit') process.exit(3);
  if (calls > warmUpCalls && fault === 'throw-later') throw new TypeError('a bug in this backend');
  if (calls > warmUpCalls && fault === 'uncaught') {
    setTimeout(() => {
      throw new Error('nobody catches this');
    });
  }
  createReferenceBackend().ops.attention(shape, ...args);
}

export default fault === 'no-factory'
  ? 'not a factory'
  : {
      name: 'faulty',
      apiVersion: BACKEND_API_VERSION,
      priority: 0,
      probe: () => ({ ok: true, reason: 'a test' }),
      async create() {
        if (fault === 'unavailable') {
          throw new LookupFfnError('BACKEND_UNAVAILABLE', 'No such machine.', { machine: 'none' });
        }
        if (fault === 'exit-at-once') process.exit(4);
        return defineBackend({ name: 'faulty', ops: { attention } });
      },
    };
