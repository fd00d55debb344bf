import { leastShare } from './importance.js';

/** A loss and its gradient by the student's hidden states. */
export interface LossAndGradient {
  readonly loss: number;
  readonly gradient: Float32Array;
}

/** Mean over a sequence's rows, scaled to length 1, and its length before. */
function pooled(hidden: Float32Array, size: number, from: number, to: number) {
  const vector = new Float64Array(size);
  for (let row = from; row < to; row++) {
    for (let c = 0; c < size; c++) vector[c]! += hidden[row * size + c]! / (to - from);
  }
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)) || 1;
  return { unit: vector.map((value) => value / length), length };
}

/**
 * Squared distance of hidden states `[rows, size]`, each column as a share of the teacher's variance in this batch: a
 * few columns of a BERT vary ten times as much as the rest, and the next layer reads them all.
 */
export function hiddenLoss(
  student: Float32Array,
  teacher: Float32Array,
  size: number,
  weight: number,
): LossAndGradient {
  const rows = teacher.length / size;
  const mean = new Float64Array(size);
  const variance = new Float64Array(size);
  for (let row = 0, i = 0; row < rows; row++) for (let c = 0; c < size; c++) mean[c]! += teacher[i++]! / rows;
  for (let row = 0, i = 0; row < rows; row++) {
    for (let c = 0; c < size; c++) variance[c]! += (teacher[i++]! - mean[c]!) ** 2 / rows;
  }
  const average = variance.reduce((sum, value) => sum + value, 0) / size;
  const scale = variance.map((value) => weight / (rows * size * (value + leastShare * average)));
  const gradient = new Float32Array(student.length);
  let loss = 0;
  for (let row = 0, i = 0; row < rows; row++) {
    for (let c = 0; c < size; c++, i++) {
      const difference = student[i]! - teacher[i]!;
      loss += scale[c]! * difference * difference;
      gradient[i] = 2 * scale[c]! * difference;
    }
  }
  return { loss, gradient };
}

/** Mean squared distance `2 - 2 cos` of the sequences' mean vectors, as embeddings are compared. */
export function embeddingLoss(
  student: Float32Array,
  teacher: Float32Array,
  offsets: Int32Array,
  size: number,
  weight: number,
): LossAndGradient {
  const gradient = new Float32Array(student.length);
  let loss = 0;
  const sequences = offsets.length - 1;
  for (let s = 0; s < sequences; s++) {
    const [from, to] = [offsets[s]!, offsets[s + 1]!];
    const a = pooled(student, size, from, to);
    const b = pooled(teacher, size, from, to);
    const cosine = a.unit.reduce((sum, value, c) => sum + value * b.unit[c]!, 0);
    loss += (weight * (2 - 2 * cosine)) / sequences;
    // d(-2 cos) by the mean vector is -2 (b - cos a) / |mean|; each row has 1 / rows of it.
    const factor = (-2 * weight) / (a.length * (to - from) * sequences);
    for (let c = 0; c < size; c++) {
      const slope = factor * (b.unit[c]! - cosine * a.unit[c]!);
      for (let row = from; row < to; row++) gradient[row * size + c]! += slope;
    }
  }
  return { loss, gradient };
}

/** `log softmax(row / temperature)`, in place of `into`. */
function logSoftmax(row: Float32Array, temperature: number, into: Float64Array): void {
  let most = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < row.length; c++) most = Math.max(most, row[c]!);
  let sum = 0;
  for (let c = 0; c < row.length; c++) {
    into[c] = (row[c]! - most) / temperature;
    sum += Math.exp(into[c]!);
  }
  const log = Math.log(sum);
  for (let c = 0; c < row.length; c++) into[c]! -= log;
}

/**
 * Of logits `[rows, classes]`: mean over rows of `T^2 KL(teacher || student)` of the distributions softened by the
 * temperature T (Hinton et al., arXiv 1503.02531; T^2 keeps the gradient's size).
 */
export function softLoss(
  student: Float32Array,
  teacher: Float32Array,
  classes: number,
  temperature: number,
  weight: number,
): LossAndGradient {
  const rows = student.length / classes;
  const gradient = new Float32Array(student.length);
  const [ours, theirs] = [new Float64Array(classes), new Float64Array(classes)];
  let loss = 0;
  for (let at = 0; at < student.length; at += classes) {
    logSoftmax(student.subarray(at, at + classes), temperature, ours);
    logSoftmax(teacher.subarray(at, at + classes), temperature, theirs);
    for (let c = 0; c < classes; c++) {
      const wanted = Math.exp(theirs[c]!);
      loss += ((weight * temperature ** 2) / rows) * wanted * (theirs[c]! - ours[c]!);
      gradient[at + c] = ((weight * temperature) / rows) * (Math.exp(ours[c]!) - wanted);
    }
  }
  return { loss, gradient };
}

/** Mean squared difference of logits: of scores, and of labels that do not exclude each other. */
export function scoreLoss(student: Float32Array, teacher: Float32Array, weight: number): LossAndGradient {
  const scale = weight / student.length;
  let loss = 0;
  const gradient = student.map((value, i) => {
    const difference = value - teacher[i]!;
    loss += scale * difference * difference;
    return 2 * scale * difference;
  });
  return { loss, gradient };
}
