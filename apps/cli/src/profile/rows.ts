import { bytes, percent, short } from '../ui/format.js';
import type { Profile } from './profile.js';

export interface Rows {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The machine's limits, and how much of each memory the FFNs of all layers would fill. */
export function limitRows({ roofline, layers, kernel }: Profile): Rows {
  const all = layers.reduce((sum, { workingSet }) => sum + workingSet, 0);
  const level = (name: string, size: number, rate: number) => {
    const share = name === 'DRAM' ? '-' : percent(all / size, 0);
    return [name, name === 'DRAM' ? '-' : bytes(size), `${(rate / 1e9).toFixed(1)} GB/s`, share];
  };
  return {
    head: ['', 'size', `rate, threads ${kernel.threads}`, 'FFNs of all layers'],
    rows: roofline
      ? [
          ['float32 arithmetic', '-', `${(roofline.flopPerSecond / 1e9).toFixed(1)} GFLOP/s`, '-'],
          ...roofline.levels.map(({ name, bytes: size, bytesPerSecond }) =>
            level(name, size, bytesPerSecond),
          ),
        ]
      : [['not measured: this backend cannot drive the machine to its limits', '', '', '']],
  };
}

export function layerRows({ layers }: Profile): Rows {
  const micros = (value: number | null) => (value === null ? '-' : value.toPrecision(3));
  return {
    head: [
      'layer',
      'FFN',
      'working set',
      'alone in',
      'all in',
      'FLOP/token',
      'bytes/token',
      'predicted us',
      'measured us',
      'bound by',
    ],
    rows: layers.map((layer) => [
      String(layer.layer),
      layer.ffn,
      bytes(layer.workingSet),
      layer.fitsAlone ?? '-',
      layer.fitsAll ?? '-',
      short(layer.flopPerToken),
      bytes(Math.round(layer.bytesPerToken)),
      micros(layer.predictedMicros),
      micros(layer.measuredMicros),
      layer.boundBy ?? '-',
    ]),
  };
}
