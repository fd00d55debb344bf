import { evaluate } from '@lookupffn/train';

/** A model without the FFNs of some layers: what comes out of them is their bias. */
function without({ config, weights }, layers) {
  const last = layers.map(
    (layer) => new RegExp(`\\.layer\\.${layer}\\.(ffn\\.(tables|skip\\.weight)|output\\.dense\\.weight)$`),
  );
  const zeroed = [...weights].map(([name, data]) => [
    name,
    last.some((pattern) => pattern.test(name)) ? new Float32Array(data.length) : data,
  ]);
  return { config, weights: new Map(zeroed) };
}

const signed = (value) => (Math.abs(value) < 5e-4 ? '0.000' : `${value < 0 ? '' : '+'}${value.toFixed(3)}`);

/** Log perplexity of a model, and what it gains without the FFNs of some layers, signed. */
export async function ffnWorth({ model, ...how }) {
  const measure = async (one) => (await evaluate({ model: one, ...how })).logPerplexity;
  const whole = await measure(model);
  return { whole, without: async (layers) => signed((await measure(without(model, layers))) - whole) };
}
