/** A gradient's buffer. A residual hands its gradient to both sides; who writes while others hold it copies first. */
export interface SharedGradient {
  readonly data: Float32Array;
  holders: number;
}

/** A recorded activation `[rows, columns]`, row-major; `data` is valid until the tape has gone back past it. */
export class Variable {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
  /** The tape's own; null until a consumer's backward step writes to it. */
  gradient: SharedGradient | null = null;

  constructor(rows: number, columns: number, data: Float32Array) {
    this.rows = rows;
    this.columns = columns;
    this.data = data;
  }
}
