// The entry `@lookupffn/core/reference`: a session's worker loads a backend by the default export of a module. The
// named exports are for require(), where a lone default would leave readers of the types guessing.
export {
  createReferenceBackend,
  referenceFactory,
  referenceFactory as default,
} from './reference/factory.js';
