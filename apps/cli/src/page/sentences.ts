import { basename } from 'node:path';
import type { PageSentences } from '@lookupffn/server';
import { readDocuments } from '@lookupffn/train';
import { chooseCorpus } from '../corpus/default-corpus.js';
import { sentencesOf } from '../corpus/sentences.js';
import { type DataRecipe, readDataRecipe } from '../training/data-recipe.js';

/** A few thousand: a browser embeds them in seconds. */
const mostSentences = 3000;

/** Evenly spread, for neighbours come from one document. */
function spread(sentences: readonly string[], most: number): string[] {
  const step = Math.max(1, sentences.length / most);
  return Array.from({ length: Math.min(most, sentences.length) }, (_, i) => sentences[Math.floor(i * step)]!);
}

async function recipeOf(folders: readonly string[]): Promise<DataRecipe | undefined> {
  for (const folder of folders) {
    const recipe = await readDataRecipe(folder).catch(() => undefined);
    if (recipe) return recipe;
  }
  return undefined;
}

/**
 * Sentences for the page to search: of the corpus asked for; else of the documents that were held out when the first of
 * the models that says so was trained; else of the default corpus. Read when the page first asks.
 */
export async function pageSentences(
  folders: readonly string[],
  corpus?: string,
  signal?: AbortSignal,
): Promise<PageSentences> {
  const recipe = corpus === undefined ? await recipeOf(folders) : undefined;
  const path = corpus ?? recipe?.corpus ?? undefined;
  const heldOut = recipe?.heldOut && new Set(recipe.heldOut);
  const { source, title } = chooseCorpus(path);
  // The page is for others to see: not where things are on this machine.
  const name = path === undefined ? title : basename(path);
  return {
    from: heldOut ? `documents of ${name} that training did not see` : name,
    async read() {
      // Each once: speeches repeat their formulas.
      const found = new Set<string>();
      for await (const document of readDocuments(source, { signal })) {
        if (heldOut && !heldOut.has(document.name)) continue;
        for (const sentence of sentencesOf(document.text, 5, 48)) found.add(sentence);
      }
      return spread([...found], mostSentences);
    },
  };
}
