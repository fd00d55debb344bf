export { type AppOptions, createApp } from './api/app.js';
export type { Candidate, ErrorResponse, FillMaskResponse, InfoResponse, ModelInfo } from './api/types.js';
export { type LoadOptions, loadServedModel } from './load.js';
export { type RunningServer, type ServeOptions, serve } from './serve.js';
export type { ServedModel } from './served-model.js';
