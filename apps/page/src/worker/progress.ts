/** How far a long job is. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** What it is at, for people. */
  readonly what?: string;
}
