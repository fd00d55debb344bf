import type { CorpusDocument } from '@lookupffn/train';

/** With fewer documents than this, holding whole ones out would take too much away, or everything. */
const fewDocuments = 20;
/** Pieces that a corpus of few documents is cut into, about. */
const wantedPieces = 40;
/** Nothing is cut finer than this. */
const leastCharacters = 200;

const boundaries = ['\n\n', '\n', '. ', ' '] as const;

/** The last place in `[from, to)` to cut after, at the best kind of boundary there is; `to` when there is none. */
function cutAt(text: string, from: number, to: number): number {
  for (const boundary of boundaries) {
    const at = text.lastIndexOf(boundary, to - boundary.length);
    // A cut in the first half would make the pieces needlessly uneven.
    if (at >= from + (to - from) / 2) return at + boundary.length;
  }
  return to;
}

function cut(document: CorpusDocument, size: number): CorpusDocument[] {
  const { text } = document;
  const pieces: CorpusDocument[] = [];
  for (let from = 0; from < text.length; ) {
    const to = text.length - from < size * 1.5 ? text.length : cutAt(text, from, from + size);
    pieces.push({
      ...document,
      name: `${document.name}#${pieces.length + 1}`,
      text: text.slice(from, to),
      brokenBytes: pieces.length === 0 ? document.brokenBytes : 0,
    });
    from = to;
  }
  return pieces;
}

/**
 * Cuts a corpus of few documents (a single file, say) into pieces at paragraph ends, so that some of it can be held
 * out for validation. Many documents stay as they are.
 */
export function piecesOf(documents: readonly CorpusDocument[]): CorpusDocument[] {
  if (documents.length >= fewDocuments) return [...documents];
  const total = documents.reduce((sum, document) => sum + document.text.length, 0);
  const size = Math.max(leastCharacters, Math.ceil(total / wantedPieces));
  return documents.flatMap((document) =>
    document.text.length < size * 1.5 ? [document] : cut(document, size),
  );
}
