/** What pipelines need of a tokenizer; `@lookupffn/tokenizer`'s is one. */
export interface PipelineTokenizer {
  encode(text: string): { readonly ids: ArrayLike<number> };
  decode(ids: Uint32Array, options?: { readonly skipSpecialTokens?: boolean }): string;
  readonly specialTokens: { readonly mask?: { readonly id: number; readonly content?: string } };
}
