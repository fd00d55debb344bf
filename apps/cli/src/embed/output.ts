/** How far a run is: everything before `inputOffset` stands in the first `outputBytes` of the output. */
export interface EmbedProgress {
  readonly inputOffset: number;
  readonly outputBytes: number;
  readonly lines: number;
  readonly tokens: number;
}

export const noProgress = (inputOffset: number): EmbedProgress => ({
  inputOffset,
  outputBytes: 0,
  lines: 0,
  tokens: 0,
});

/** What a batch adds. */
export interface Addition {
  readonly text: string;
  /** Where the input's next line begins. */
  readonly inputOffset: number;
  readonly lines: number;
  readonly tokens: number;
}

/** Where vectors go. */
export interface EmbedOutput {
  readonly progress: EmbedProgress;
  append(addition: Addition): Promise<void>;
  /** Makes all so far survive, where that can be. */
  save(): Promise<void>;
  /** All is there. */
  finish(): Promise<void>;
  /** Lets go of it as it is. */
  close(): Promise<void>;
}

export function advance(progress: EmbedProgress, { inputOffset, lines, tokens }: Addition, bytes: number) {
  return {
    inputOffset,
    outputBytes: progress.outputBytes + bytes,
    lines: progress.lines + lines,
    tokens: progress.tokens + tokens,
  };
}
