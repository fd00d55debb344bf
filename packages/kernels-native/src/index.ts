export { createNativeBackend, nativeFactory } from './factory.js';
