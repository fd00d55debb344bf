import type { RobertaConfig } from './config.js';
import type { Evaluator } from './evaluator.js';
import { modulePrefix } from './modules.js';

/** Modules of the language-model head, as each family's checkpoints name them. */
export function languageModelHead({ family }: Pick<RobertaConfig, 'family'>) {
  return family === 'bert'
    ? {
        dense: 'cls.predictions.transform.dense',
        norm: 'cls.predictions.transform.LayerNorm',
        decoder: 'cls.predictions.decoder',
        bias: 'cls.predictions.bias',
      }
    : {
        dense: 'lm_head.dense',
        norm: 'lm_head.layer_norm',
        decoder: 'lm_head.decoder',
        bias: 'lm_head.bias',
      };
}

/** Modules of the classification head: a layer with tanh (BERT's pooler), then the outputs. */
export function classificationHead(config: Pick<RobertaConfig, 'family' | 'norm'>) {
  return config.family === 'bert'
    ? { dense: `${modulePrefix(config)}.pooler.dense`, out: 'classifier' }
    : { dense: 'classifier.dense', out: 'classifier.out_proj' };
}

/** Masked-language-model logits `[rows.length, vocabulary]` at the wanted rows of the hidden states only. */
export function maskedLogits<V>(ev: Evaluator<V>, config: RobertaConfig, hidden: V, rows: Int32Array): V {
  const head = languageModelHead(config);
  return ev.tidy(() => {
    const wanted = ev.linear(head.dense, ev.takeRows(hidden, rows), 'gelu');
    return ev.linear(head.decoder, ev.layerNorm(head.norm, wanted));
  });
}

/** Logits `[sequences, labels]` of a classification head, read at each sequence's first token. */
export function classLogits<V>(ev: Evaluator<V>, config: RobertaConfig, hidden: V, offsets: Int32Array): V {
  const head = classificationHead(config);
  return ev.tidy(() => {
    const first = ev.takeRows(hidden, offsets.subarray(0, offsets.length - 1));
    return ev.linear(head.out, ev.tanh(ev.linear(head.dense, first)));
  });
}
