/** A model without the FFNs of some layers: what comes out of them is their bias. */
export function withoutFfn({ config, weights }, layers) {
  const last = layers.map(
    (layer) => new RegExp(`\\.layer\\.${layer}\\.(ffn\\.(tables|skip\\.weight)|output\\.dense\\.weight)$`),
  );
  const zeroed = [...weights].map(([name, data]) => [
    name,
    last.some((pattern) => pattern.test(name)) ? new Float32Array(data.length) : data,
  ]);
  return { config, weights: new Map(zeroed) };
}
