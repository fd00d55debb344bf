// What the server is asked, by autocannon.
import autocannon from 'autocannon';

const post = (path, value) => ({
  method: 'POST',
  path,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

/** Requests with so many texts each, all different. */
function embedRequests(texts, each) {
  const requests = [];
  for (let i = 0; i + each <= texts.length; i += each) {
    requests.push(
      post('/embed', { inputs: each === 1 ? texts[i] : texts.slice(i, i + each), truncate: true }),
    );
  }
  return requests;
}

/** Everything that the server answers, in turns. */
export function mixedRequests(texts) {
  const group = (i, n) => Array.from({ length: n }, (_, k) => texts[(i + k) % texts.length]);
  return texts.slice(0, 400).map((text, i) => {
    switch (i % 8) {
      case 0:
        return post('/embed', { inputs: group(i, 32), truncate: true });
      case 1:
        return post('/v1/embeddings', { input: group(i, 4), encoding_format: 'base64' });
      case 2:
        return post('/tokenize', { inputs: group(i, 8) });
      case 3:
        return post('/fill-mask', { inputs: text.replace(/ \w+ /, ' <mask> '), top_k: 3 });
      case 4:
        return post('/embed_all', { inputs: text, truncate: true });
      case 5:
        return post('/similarity', { inputs: { source_sentence: text, sentences: group(i, 3) } });
      default:
        return post('/embed', { inputs: text, truncate: true });
    }
  });
}

/** The kinds of load that the throughput is measured under. */
export const loads = {
  'one text a request': (texts) => ({ connections: 96, requests: embedRequests(texts, 1) }),
  '32 texts a request': (texts) => ({ connections: 8, requests: embedRequests(texts, 32) }),
};

// autocannon prepares a client's whole list before it begins.
const requestsPerClient = 32;

/** Starts autocannon: each connection begins elsewhere in the list, so that batches are of different texts. */
export function fire(url, { connections, requests }, seconds) {
  let started = 0;
  return autocannon({
    url,
    connections,
    duration: seconds,
    timeout: 60,
    requests: requests.slice(0, 1),
    setupClient(client) {
      const from = Math.floor((requests.length * started++) / connections);
      const own = Array.from({ length: requestsPerClient }, (_, i) => requests[(from + i) % requests.length]);
      client.setRequests(own);
    },
  });
}
