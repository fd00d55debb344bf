import { countParameters, type RobertaConfig } from '@lookupffn/roberta';
import type { ModelInfo } from './api/types.js';

function describeFfn({ ffn }: RobertaConfig): string {
  if (ffn.kind === 'dense') return 'dense FFN';
  const rank = ffn.outputRank === undefined ? '' : `, output rank ${ffn.outputRank}`;
  return `LookupFFN, ${ffn.tables} tables of ${2 ** ffn.bits} rows, ${ffn.read} read${rank}`;
}

/** What people are told of a model. */
export function modelInfo(name: string, config: RobertaConfig): ModelInfo {
  const parameters = countParameters(config).total;
  const { kind } = config.ffn;
  return {
    name,
    label: kind === 'lookup' ? `${name} (LookupFFN)` : `${name} (dense FFN)`,
    facts: `${describeFfn(config)}; ${(parameters / 1e6).toFixed(1)} M parameters`,
    parameters,
    ffn: kind,
  };
}
