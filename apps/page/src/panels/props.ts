import type { Engine } from '../client/engine.js';
import type { PageDescription } from '../description.js';

/** What every panel is given. */
export interface PanelProps {
  readonly description: PageDescription;
  readonly engine: Engine;
  readonly sentences: readonly string[];
}
