/** The module a session's own thread imports to create the backend there: its default export is the factory. */
export { nativeFactory as default } from './factory.js';
