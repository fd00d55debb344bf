/** Whole sentences of `fewest` to `most` words, white space made single, in their order. */
export function sentencesOf(text: string, fewest = 8, most = 28): string[] {
  return text
    .split(/(?<=[.!?])\s+/)
    .map((sentence) => sentence.trim().replace(/\s+/g, ' '))
    .filter((sentence) => {
      const words = sentence.split(' ').length;
      return words >= fewest && words <= most && /^\p{Lu}.*[.!?]$/u.test(sentence);
    });
}
