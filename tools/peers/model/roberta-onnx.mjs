// A dense post-norm RoBERTa or BERT as an ONNX model for one sequence length: with its language-model head at one
// position, or, where the model has no head, to its hidden states.
import { floatLinear, int8Linear } from '../ffn/dense-ffn.mjs';
import { initializer, model, node, types } from '../ffn/onnx-model.mjs';

/** dtype `f32`, or `int8`: every matrix product with dynamic activation scales, as onnxruntime quantises. */
export function robertaOnnx({ config, weights }, tokens, dtype) {
  const {
    hiddenSize: d,
    numAttentionHeads: heads,
    numHiddenLayers,
    vocabSize,
    layerNormEps,
    padTokenId,
    family,
  } = config;
  const headSize = d / heads;
  const get = (name) => weights.get(name);
  const floats = (name, dims, data) => initializer(name, types.float, dims, data);
  const shape = (name, dims) =>
    initializer(name, types.int64, [dims.length], BigInt64Array.from(dims, BigInt));
  const linear = (name, x, y, out, size, parameter = name) =>
    (dtype === 'int8' ? int8Linear : floatLinear)(name, x, y, {
      weight: get(`${parameter}.weight`),
      bias: get(name === 'lm_head.decoder' ? 'lm_head.bias' : `${parameter}.bias`),
      out,
      size,
    });
  const norm = (name, x, y) => [
    floats(`${name}.weight`, [d], get(`${name}.weight`)),
    floats(`${name}.bias`, [d], get(`${name}.bias`)),
    node('LayerNormalization', [x, `${name}.weight`, `${name}.bias`], [y], {
      axis: -1,
      epsilon: { float: layerNormEps },
    }),
  ];
  const prefix = family === 'bert' ? 'bert' : 'roberta';
  const words = `${prefix}.embeddings.word_embeddings.weight`;
  const positions = get(`${prefix}.embeddings.position_embeddings.weight`);
  const kinds = get(`${prefix}.embeddings.token_type_embeddings.weight`);
  const first = family === 'bert' ? 0 : (padTokenId + 1) * d;
  const places = positions.slice(first, first + tokens * d).map((value, i) => value + kinds[i % d]);

  const layer = (i) => {
    const name = `${prefix}.encoder.layer.${i}`;
    const x = `x${i}`;
    const at = (part) => `l${i}.${part}`;
    const toHeads = (part, perm) => [
      node('Reshape', [at(part), 'heads'], [at(`${part}.h`)]),
      node('Transpose', [at(`${part}.h`)], [at(`${part}.t`)], { perm }),
    ];
    return [
      ...linear(`${name}.attention.self.query`, x, at('q'), d, d),
      ...linear(`${name}.attention.self.key`, x, at('k'), d, d),
      ...linear(`${name}.attention.self.value`, x, at('v'), d, d),
      ...toHeads('q', [0, 2, 1, 3]),
      ...toHeads('k', [0, 2, 3, 1]),
      ...toHeads('v', [0, 2, 1, 3]),
      node('MatMul', [at('q.t'), at('k.t')], [at('scores')]),
      node('Mul', [at('scores'), 'scale'], [at('scaled')]),
      node('Softmax', [at('scaled')], [at('p')], { axis: -1 }),
      node('MatMul', [at('p'), at('v.t')], [at('mixed')]),
      node('Transpose', [at('mixed')], [at('mixed.t')], { perm: [0, 2, 1, 3] }),
      node('Reshape', [at('mixed.t'), 'flat'], [at('mixed.f')]),
      ...linear(`${name}.attention.output.dense`, at('mixed.f'), at('a'), d, d),
      node('Add', [at('a'), x], [at('a.r')]),
      ...norm(`${name}.attention.output.LayerNorm`, at('a.r'), at('m')),
      ...linear(`${name}.intermediate.dense`, at('m'), at('u'), config.intermediateSize, d),
      node('Gelu', [at('u')], [at('g')]),
      ...linear(`${name}.output.dense`, at('g'), at('o'), d, config.intermediateSize),
      node('Add', [at('o'), at('m')], [at('o.r')]),
      ...norm(`${name}.output.LayerNorm`, at('o.r'), `x${i + 1}`),
    ];
  };

  const last = `x${numHiddenLayers}`;
  const head =
    config.head === 'none'
      ? [node('Identity', [last], ['hidden'])]
      : [
          node('Gather', [last, 'position'], ['wanted'], { axis: 1 }),
          ...linear('lm_head.dense', 'wanted', 'h', d, d),
          node('Gelu', ['h'], ['h.g']),
          ...norm('lm_head.layer_norm', 'h.g', 'h.n'),
          ...linear('lm_head.decoder', 'h.n', 'logits', vocabSize, d, words.replace('.weight', '')),
        ];
  const position = { name: 'position', type: types.int64, dims: [1] };

  return model({
    inputs: [
      { name: 'ids', type: types.int64, dims: [1, tokens] },
      ...(config.head === 'none' ? [] : [position]),
    ],
    outputs: [
      config.head === 'none'
        ? { name: 'hidden', dims: [1, tokens, d] }
        : { name: 'logits', dims: [1, 1, vocabSize] },
    ],
    parts: [
      floats('words', [vocabSize, d], get(words)),
      floats('places', [1, tokens, d], places),
      floats('scale', [], Float32Array.of(1 / Math.sqrt(headSize))),
      shape('heads', [1, tokens, heads, headSize]),
      shape('flat', [1, tokens, d]),
      node('Gather', ['words', 'ids'], ['e'], { axis: 0 }),
      node('Add', ['e', 'places'], ['e.p']),
      ...norm(`${prefix}.embeddings.LayerNorm`, 'e.p', 'x0'),
      ...Array.from({ length: numHiddenLayers }, (_, i) => layer(i)).flat(),
      ...head,
    ],
  });
}
