import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

/** Colours of the page's present scheme, by the names of its custom properties. */
export type Colours = (name: string) => string;

export type ChartOptions = (colours: Colours) => Omit<uPlot.Options, 'width' | 'height'>;

const dark = matchMedia('(prefers-color-scheme: dark)');

/**
 * A uPlot chart that fills its column and follows the colour scheme. It is a picture: `label` says what it shows, and
 * the numbers stand in a table beside it.
 */
export function Chart(props: {
  label: string;
  options: ChartOptions;
  data: uPlot.AlignedData;
  height?: number;
}) {
  const { label, options, data, height = 280 } = props;
  const holder = useRef<HTMLDivElement>(null);
  const [scheme, setScheme] = useState(dark.matches);
  useEffect(() => {
    const follow = () => setScheme(dark.matches);
    dark.addEventListener('change', follow);
    return () => dark.removeEventListener('change', follow);
  }, []);
  useEffect(() => {
    const element = holder.current!;
    const style = getComputedStyle(element);
    const colours: Colours = (name) => style.getPropertyValue(`--${name}`).trim();
    const chart = new uPlot({ ...options(colours), width: element.clientWidth, height }, data, element);
    const observer = new ResizeObserver(() => {
      // Zero while its tab is hidden.
      if (element.clientWidth > 0) chart.setSize({ width: element.clientWidth, height });
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [options, data, height, scheme]);
  return <div class="chart" role="img" aria-label={label} ref={holder} />;
}

/** An axis in the page's colours. */
export function axis(colours: Colours, label: string, more: uPlot.Axis = {}): uPlot.Axis {
  return {
    label,
    labelSize: 22,
    stroke: colours('quiet'),
    font: '12px system-ui',
    labelFont: '12px system-ui',
    grid: { stroke: colours('line'), width: 1 },
    ticks: { stroke: colours('line'), width: 1 },
    ...more,
  };
}
