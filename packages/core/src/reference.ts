// The entry `@lookupffn/core/reference`: a session's worker loads a backend by the default export of a module.
export { referenceFactory as default } from './reference/factory.js';
