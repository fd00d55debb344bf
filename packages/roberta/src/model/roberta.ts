import type { PackedBatch } from './batch.js';
import { hasOutputMatrix, layerLookup, type RobertaConfig } from './config.js';
import type { Evaluator } from './evaluator.js';
import { modulePrefix } from './modules.js';

/** Attention sub-layer of one layer, before its residual. */
function selfAttention<V>(ev: Evaluator<V>, name: string, x: V, offsets: Int32Array, heads: number): V {
  const q = ev.linear(`${name}.attention.self.query`, x);
  const k = ev.linear(`${name}.attention.self.key`, x);
  const v = ev.linear(`${name}.attention.self.value`, x);
  return ev.linear(`${name}.attention.output.dense`, ev.attention(q, k, v, offsets, heads));
}

function denseFfn<V>(ev: Evaluator<V>, name: string, x: V): V {
  return ev.linear(`${name}.output.dense`, ev.linear(`${name}.intermediate.dense`, x, 'gelu'));
}

/**
 * The feed-forward sub-layer of one layer with the LayerNorm that it begins with and without its residual, `[tokens,
 * hidden]` to the same. A look-up block always has one; a dense FFN has it in a pre-norm model.
 */
export function feedForward<V>(ev: Evaluator<V>, config: RobertaConfig, index: number, x: V): V {
  const name = `${modulePrefix(config)}.encoder.layer.${index}`;
  const lookup = layerLookup(config, index);
  if (!lookup) {
    const pre = config.norm === 'pre';
    return denseFfn(ev, name, pre ? ev.layerNorm(`${name}.intermediate.LayerNorm`, x) : x);
  }
  const read = ev.lookupFfn(`${name}.ffn`, x, lookup);
  return hasOutputMatrix(config, index) ? ev.linear(`${name}.ffn.output`, read) : read;
}

/** One encoder layer, `[tokens, hidden]` to the same. */
function layer<V>(ev: Evaluator<V>, config: RobertaConfig, index: number, x: V, offsets: Int32Array): V {
  const name = `${modulePrefix(config)}.encoder.layer.${index}`;
  const heads = config.numAttentionHeads;
  if (config.norm === 'post') {
    const attended = ev.add(selfAttention(ev, name, x, offsets, heads), x);
    const middle = ev.layerNorm(`${name}.attention.output.LayerNorm`, attended);
    const out = feedForward(ev, config, index, middle);
    return ev.layerNorm(`${name}.output.LayerNorm`, ev.add(out, middle));
  }
  const normed = ev.layerNorm(`${name}.attention.LayerNorm`, x);
  const middle = ev.add(selfAttention(ev, name, normed, offsets, heads), x);
  return ev.add(feedForward(ev, config, index, middle), middle);
}

/**
 * The encoder: a packed batch to hidden states `[tokens, hidden]`. A generator that yields after the embeddings and
 * after each layer, so that one text of the model serves a thread of its own (run straight through), an event loop
 * (which breathes between layers) and cancellation.
 */
export function* encodeSteps<V>(
  ev: Evaluator<V>,
  config: RobertaConfig,
  batch: PackedBatch,
): Generator<void, V> {
  const prefix = modulePrefix(config);
  const types = batch.types ?? new Int32Array(batch.ids.length);
  let x = ev.tidy(() => {
    const words = ev.embedding(`${prefix}.embeddings.word_embeddings`, batch.ids);
    const positions = ev.embedding(`${prefix}.embeddings.position_embeddings`, batch.positions);
    const kinds = ev.embedding(`${prefix}.embeddings.token_type_embeddings`, types);
    return ev.layerNorm(`${prefix}.embeddings.LayerNorm`, ev.add(ev.add(words, positions), kinds));
  });
  yield;
  for (let i = 0; i < config.numHiddenLayers; i++) {
    const input = x;
    x = ev.tidy(() => layer(ev, config, i, input, batch.offsets), input);
    yield;
  }
  if (config.norm === 'post') return x;
  const input = x;
  return ev.tidy(() => ev.layerNorm(`${prefix}.LayerNorm`, input), input);
}

/** The encoder run straight through. */
export function encode<V>(ev: Evaluator<V>, config: RobertaConfig, batch: PackedBatch): V {
  const steps = encodeSteps(ev, config, batch);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
