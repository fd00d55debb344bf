/** A token with a role, such as the one that separates texts. */
export interface SpecialToken {
  id: number;
  content: string;
}

export type SpecialTokenRole = 'bos' | 'eos' | 'pad' | 'unk' | 'mask' | 'cls' | 'sep';
export type SpecialTokens = Partial<Record<SpecialTokenRole, SpecialToken>>;

/**
 * What each role's token is called in the families of models this library reads. A tokenizer.json does not say
 * which of its added tokens plays which part; these names are what their configurations say.
 */
const customaryNames: Record<SpecialTokenRole, readonly string[]> = {
  bos: ['<s>', '<|endoftext|>', '[BOS]', '<|startoftext|>'],
  eos: ['</s>', '<|endoftext|>', '[EOS]'],
  pad: ['<pad>', '[PAD]', '<|padding|>'],
  unk: ['<unk>', '[UNK]'],
  mask: ['<mask>', '[MASK]'],
  cls: ['[CLS]', '<s>', '<cls>'],
  sep: ['[SEP]', '</s>', '<sep>'],
};

/** Finds each role's token among the tokenizer's added tokens. */
export function findSpecialTokens(idOfAdded: (content: string) => number | undefined): SpecialTokens {
  const found: SpecialTokens = {};
  for (const [role, names] of Object.entries(customaryNames) as [SpecialTokenRole, readonly string[]][]) {
    for (const content of names) {
      const id = idOfAdded(content);
      if (id !== undefined) {
        found[role] = { id, content };
        break;
      }
    }
  }
  return found;
}
