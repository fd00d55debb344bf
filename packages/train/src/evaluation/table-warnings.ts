import type { LayerTableHealth } from './cell-counts.js';
import type { TableHealth } from './table-health.js';

/** Something of a layer's tables that costs quality, and what to do about it. */
export interface TableWarning {
  readonly layer: number;
  readonly kind: 'unused' | 'crowded' | 'constant-bits' | 'silent' | 'loud';
  readonly message: string;
}

// Far from what healthy runs show (occupancy within a tenth of what chance gives, busiest cells below a fifth).
const leastShareOfChance = 0.5;
const crowdedShare = 0.5;
const constantShare = 0.02;
// Blocks that a model gains from put out 0.05 to 2 of what they are added to; docs/results/quality.md has both failures.
const silentShare = 0.01;
const loudShare = 10;

const percent = (share: number) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)}%`;

/** Cells of a table that `tokens` codes drawn alike would have met: with fewer tokens than cells it is far from all. */
function occupancyByChance(tokens: number, cells: number): number {
  return 1 - (1 - 1 / cells) ** tokens;
}

function ofLayer(tokens: number, layer: LayerTableHealth): TableWarning[] {
  const { tables, cells, occupancy, busiestCell, constantBits, outputShare } = layer;
  const bits = tables * Math.log2(cells);
  const found: TableWarning[] = [];
  const warn = (kind: TableWarning['kind'], message: string) =>
    found.push({ layer: layer.layer, kind, message: `Layer ${layer.layer}: ${message}` });
  if (constantBits > constantShare * bits) {
    warn(
      'constant-bits',
      `${constantBits} of ${bits} code bits are the same for every token, so that half of those tables' rows are never read. Lower learningRate or give more warmupSteps: the projection's biases have outgrown its weights.`,
    );
  }
  if (occupancy < leastShareOfChance * occupancyByChance(tokens, cells)) {
    warn(
      'unused',
      `only ${percent(occupancy)} of the rows were read by ${tokens} tokens. Take fewer bits a table (ffn.bits), or raise cellVariation, which lets rows that are never read learn from their neighbours.`,
    );
  }
  if (busiestCell > crowdedShare) {
    warn(
      'crowded',
      `one row answers ${percent(busiestCell)} of the tokens of its table. Give more warmupSteps or lower learningRate; a LayerNorm before the hash must not be missing.`,
    );
  }
  if (!(outputShare >= silentShare)) {
    warn(
      'silent',
      `what it puts out varies by ${percent(outputShare)} of the hidden states that it is added to: the model has turned the block down, as it does where tables are noise. Lower tableLearningRate and projectionLearningRate, so that rows can learn what they are read for.`,
    );
  }
  if (outputShare > loudShare) {
    warn(
      'loud',
      `what it puts out varies ${outputShare.toFixed(0)} times as much as the hidden states that it is added to: the layers behind it are hardly heard. Lower tableLearningRate.`,
    );
  }
  return found;
}

/** What is wrong with the tables of a model, worst first within a layer; empty for healthy ones. */
export function tableWarnings({ tokens, layers }: TableHealth): TableWarning[] {
  return layers.flatMap((layer) => ofLayer(tokens, layer));
}
