import type { RobertaConfig } from './config.js';

/** Name of the encoder module, as Hugging Face names it for each model type. */
export function modulePrefix(config: Pick<RobertaConfig, 'family' | 'norm'>): string {
  if (config.family === 'bert') return 'bert';
  return config.norm === 'pre' ? 'roberta_prelayernorm' : 'roberta';
}
