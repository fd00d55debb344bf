import { modelCost } from '@lookupffn/roberta';
import type { ServedModel } from '@lookupffn/server';
import type { BackendFlags } from '../ui/backend-flags.js';
import { short } from '../ui/format.js';
import { openFillMask } from './open-fill-mask.js';

/** A model folder as the server wants it. */
export async function openServedModel(
  folder: string,
  name: string,
  flags: BackendFlags,
): Promise<ServedModel> {
  const { pipeline, tokenizer, kernel } = await openFillMask(folder, flags);
  const { config, info } = pipeline.session;
  const { ffn } = config;
  const kind =
    ffn.kind === 'lookup'
      ? `LookupFFN, ${ffn.tables} tables of ${ffn.bits} bits`
      : `dense FFN, ${config.intermediateSize} wide`;
  return {
    info: {
      name,
      label: ffn.kind === 'lookup' ? 'LookupFFN' : 'Dense FFN',
      facts: `${kind}; ${short(info.parameters)} parameters, ${short(modelCost(config).ffnFlops)} FLOP a token in a layer's FFN`,
      parameters: info.parameters,
      ffn: ffn.kind,
    },
    backend: { name: kernel.backend, isa: kernel.isa, threads: kernel.threads },
    maskToken: tokenizer.specialTokens.mask?.content ?? '<mask>',
    async fillMask(text, { topK, signal }) {
      const [masks] = await pipeline.nested([text], { top_k: topK, signal });
      return masks!;
    },
    dispose: () => pipeline.dispose(),
  };
}
