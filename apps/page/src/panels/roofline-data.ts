import type uPlot from 'uplot';
import type { FfnPoint } from '../worker/measure/ffn.js';
import type { Peaks } from '../worker/measure/peaks.js';

const intensity = ({ flop, bytes }: FfnPoint) => flop / bytes;
const gigaflops = ({ flop, microsPerToken }: FfnPoint) => flop / microsPerToken / 1e3;

/**
 * Whether something else computed while a point was measured: its samples are far apart, or it lies clearly above what
 * the machine was found to reach.
 */
export function isDisturbed(peaks: Peaks, point: FfnPoint): boolean {
  const most = Math.min(peaks.gigaflops, intensity(point) * peaks.cacheGigabytes);
  return point.spread > 1.5 || gigaflops(point) > 1.3 * most;
}

/** Rows of uPlot: the union of all x, each series with gaps where it has nothing. */
export function rooflineData(peaks: Peaks, points: readonly FfnPoint[]): uPlot.AlignedData {
  const own = points.map(intensity);
  const ridges = [peaks.gigaflops / peaks.memoryGigabytes, peaks.gigaflops / peaks.cacheGigabytes];
  const all = [...own, ...ridges];
  const x = [...new Set([...all, Math.min(...all) / 2, Math.max(...all) * 2])].sort((a, b) => a - b);
  const roof = (gigabytes: number) => x.map((at) => Math.min(peaks.gigaflops, at * gigabytes));
  const dots = (kind: FfnPoint['kind']) =>
    x.map((at) => {
      const point = points.find((one) => one.kind === kind && intensity(one) === at);
      return point ? gigaflops(point) : null;
    });
  return [x, roof(peaks.memoryGigabytes), roof(peaks.cacheGigabytes), dots('dense'), dots('lookup')];
}
