import { LookupFfnError } from '@lookupffn/core';

/**
 * Checkpoints of LookupFFN's authors (arXiv 2403.07221; their repository is mlpen/LookupFFN on GitHub), turned into
 * safetensors: their names of modules and their keys of a configuration. Their matrices have the layout of the numeric
 * conventions, which follow their training code; their inference code on CPUs scales and transposes otherwise.
 */

/** From our names to theirs, in this order. The places in `FFN` of a dense layer are those of a torch Sequential. */
const renames: readonly (readonly [RegExp, string])[] = [
  [/^roberta_prelayernorm\.LayerNorm\./, 'roberta.encoder.LayerNorm.'],
  [/^roberta_prelayernorm\./, 'roberta.'],
  [/\.attention\.self\.(query|key|value)\./, '.attention.$1.'],
  [/\.attention\.output\.dense\./, '.attention.dense.'],
  [/\.ffn\.projection\./, '.FFN.hash.projection.'],
  [/\.ffn\./, '.FFN.'],
  [/\.intermediate\.LayerNorm\./, '.FFN.0.'],
  [/\.intermediate\.dense\./, '.FFN.1.'],
  [/(\.layer\.\d+)\.output\.dense\./, '$1.FFN.3.'],
];

/** What the authors call a parameter of a pre-norm model. */
export function authorsName(name: string): string {
  return renames.reduce((renamed, [from, to]) => renamed.replace(from, to), name);
}

const encoders = [
  { type: /\.prenorm_lookup\.encoder\.Lookup$/, norm: 'pre', lookup: true },
  { type: /\.prenorm\.PrenormRobertaModel$/, norm: 'pre', lookup: false },
  { type: /\.postnorm\.RobertaModel$/, norm: 'post', lookup: false },
] as const;

function invalid(key: string, message: string, value: unknown): LookupFfnError {
  return new LookupFfnError('INVALID_CONFIG', `config.json: ${key} ${message}`, { key, value });
}

function lookupSection({
  ffn_num_table,
  ffn_table_size,
  projection_type,
  block_size,
}: Record<string, unknown>) {
  const bits = Math.log2(Number(ffn_table_size));
  if (!Number.isInteger(bits)) {
    throw invalid('ffn_table_size', `is ${ffn_table_size}; it must be a power of two.`, ffn_table_size);
  }
  // The paper's read and its four stages are all that their code has.
  const same = { tables: ffn_num_table, bits, stages: 4, read: 'single' };
  return {
    type: 'lookup',
    projection: projection_type,
    ...same,
    ...(block_size ? { block: block_size } : {}),
  };
}

/**
 * A config.json of theirs (known by its `encoder_type`) in Hugging Face's keys with our `ffn` section; any other as it
 * is. Throws `INVALID_CONFIG` for an encoder of theirs that is no LookupFFN and no dense one.
 */
export function fromAuthorsConfig(json: unknown): unknown {
  if (typeof json !== 'object' || json === null || !('encoder_type' in json)) return json;
  const config = json as Record<string, unknown>;
  const found = encoders.find(({ type }) => type.test(String(config.encoder_type)));
  if (!found) {
    const known = 'prenorm_lookup.encoder.Lookup, prenorm.PrenormRobertaModel and postnorm.RobertaModel';
    throw invalid('encoder_type', `is ${config.encoder_type}; supported are ${known}.`, config.encoder_type);
  }
  const [heads, size] = [Number(config.num_attention_heads), Number(config.attention_head_size)];
  if (config.attention_head_size !== undefined && heads * size !== config.hidden_size) {
    const product = `times num_attention_heads ${heads} is not hidden_size ${config.hidden_size}.`;
    throw invalid('attention_head_size', `${size} ${product}`, size);
  }
  return {
    ...config,
    model_type: found.norm === 'pre' ? 'roberta-prelayernorm' : 'roberta',
    architectures: [`Roberta${found.norm === 'pre' ? 'PreLayerNorm' : ''}ForMaskedLM`],
    // They count tokens, Hugging Face counts rows, of which RoBERTa leaves the first two unused.
    max_position_embeddings: Number(config.max_position_embeddings) + 2,
    // Their head has a decoder of its own.
    tie_word_embeddings: false,
    ffn: found.lookup ? lookupSection(config) : { type: 'dense' },
  };
}
