import type { PageDescription } from '../description.js';

async function fetchJson(url: URL): Promise<unknown> {
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(`${url.pathname} could not be fetched: the server said ${response.status}.`);
  return response.json();
}

export async function fetchDescription(): Promise<PageDescription> {
  const found = (await fetchJson(new URL('page.json', document.baseURI))) as PageDescription;
  if (found.version !== 1 || !Array.isArray(found.models)) {
    throw new Error(
      'page.json is not of this version of the page. Write the site again with `lookupffn page`.',
    );
  }
  if (found.models.length > 0) return found;
  throw new Error('There is no model here that fills masks. What this server does is told at /docs.');
}

/** The sentences to search; none where the description names none. */
export async function fetchSentences({ sentences }: PageDescription): Promise<string[]> {
  if (sentences === null) return [];
  return (await fetchJson(new URL(sentences.file, document.baseURI))) as string[];
}
