import {
  DirectEvaluator,
  type Evaluator,
  encode,
  type Matrix,
  type PackedBatch,
  type RobertaConfig,
} from '@lookupffn/roberta';
import { Tape } from '../tape/tape.js';

/**
 * Names of the LayerNorms whose outputs are what each layer hands on: a post-norm layer's own last one; of a pre-norm
 * model those that the next layer's attention begins with. The encoder's last output is not among them where it comes
 * from a LayerNorm of the whole.
 */
function isHiddenState(name: string, { norm }: Pick<RobertaConfig, 'norm'>): boolean {
  const module = norm === 'post' ? 'output' : 'attention';
  return new RegExp(`\\.encoder\\.layer\\.\\d+\\.${module}\\.LayerNorm$`).test(name);
}

/** What each layer hands on, first to last, and last of all the encoder's output. */
export type HiddenStates<V> = readonly V[];

function collect<V>(
  evaluator: Evaluator<V> & { seen: V[] },
  config: RobertaConfig,
  batch: PackedBatch,
): HiddenStates<V> {
  evaluator.seen = [];
  const last = encode(evaluator, config, batch);
  return config.norm === 'post' ? evaluator.seen : [...evaluator.seen, last];
}

/** A dense model run for what its layers hand on. */
export class TeacherEvaluator extends DirectEvaluator {
  seen: Matrix[] = [];
  #config?: RobertaConfig;

  override layerNorm(name: string, x: Matrix): Matrix {
    const y = super.layerNorm(name, x);
    // A copy: the layer's buffers are used again.
    if (this.#config && isHiddenState(name, this.#config)) this.seen.push({ ...y, data: y.data.slice() });
    return y;
  }

  /** Valid until the next call. */
  hiddenStates(config: RobertaConfig, batch: PackedBatch): HiddenStates<Matrix> {
    this.releaseAll();
    this.#config = config;
    return collect(this, config, batch);
  }
}

/** A converted model on a tape, keeping what its layers hand on. */
export class StudentTape extends Tape {
  seen: ReturnType<Tape['layerNorm']>[] = [];
  #config?: RobertaConfig;

  override layerNorm(name: string, x: ReturnType<Tape['layerNorm']>): ReturnType<Tape['layerNorm']> {
    const y = super.layerNorm(name, x);
    if (this.#config && isHiddenState(name, this.#config)) this.seen.push(y);
    return y;
  }

  hiddenStates(config: RobertaConfig, batch: PackedBatch): HiddenStates<ReturnType<Tape['layerNorm']>> {
    this.#config = config;
    return collect(this, config, batch);
  }
}
