/** Sentences with a mask that the page offers; they suit the speeches that the demo trains on. */
export const examples = [
  'The state of the <mask> is strong.',
  'I recommend this subject to the attention of <mask>.',
  'We must <mask> our country.',
];
