// Requests that no client should send, for the server's tests and for the long run in hostile.mjs.
import { Random } from '@lookupffn/core';

/** The head of a POST, with a body of so many bytes or in chunks. */
function head(path, length, extra = '') {
  const size = length === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`;
  return `POST ${path} HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n${size}\r\n${extra}\r\n`;
}

const paths = [
  '/embed',
  '/embed_all',
  '/similarity',
  '/predict',
  '/tokenize',
  '/decode',
  '/fill-mask',
  '/v1/embeddings',
  '/',
];

const encode = (text) => new TextEncoder().encode(text);

function withBody(path, body, extra = 'Connection: close\r\n') {
  const bytes = typeof body === 'string' ? encode(body) : body;
  return Buffer.concat([encode(head(path, bytes.length, extra)), bytes]);
}

const nested = (depth, open, close) => open.repeat(depth) + close.repeat(depth);

const pick = (random, list) => list[whole(random, list.length)];
const whole = (random, limit) => random.uint32() % Math.floor(limit);

const values = [
  'null',
  'true',
  '-1',
  '1e999',
  '""',
  '[]',
  '{}',
  '[[]]',
  '[null]',
  '[[""]]',
  '[1.5]',
  '["a",1]',
  '[[1],["a"]]',
  '"\\u0000"',
  '"\\ud800"',
  '"<mask>"',
  '[4294967296]',
  '{"source_sentence":1}',
  '{"source_sentence":"a","sentences":["\\u0000"]}',
];
const fields = [
  'inputs',
  'input',
  'ids',
  'truncate',
  'normalize',
  'top_k',
  'model',
  'models',
  'dimensions',
  'parameters',
  'encoding_format',
  '__proto__',
  'constructor',
];

const makers = {
  'bad JSON': (random, path) => {
    const good = '{"inputs": ["a", "b"], "truncate": true}';
    return withBody(path, good.slice(0, 1 + whole(random, good.length - 1)));
  },
  'wrong types': (random, path) => {
    const chosen = Array.from(
      { length: 1 + whole(random, 4) },
      () => `"${pick(random, fields)}":${pick(random, values)}`,
    );
    return withBody(path, `{${chosen.join(',')}}`);
  },
  'huge array': (random, path) =>
    withBody(
      path,
      `{"${pick(random, ['inputs', 'input', 'ids'])}":[${pick(random, ['""', '"a"', '1', '[1]', '[]', 'null'])}${`,${pick(random, ['"a"', '1', '[1]'])}`.repeat(whole(random, 60_000))}]}`,
    ),
  'huge text': (random, path) =>
    withBody(
      path,
      `{"inputs":"${pick(random, ['a', ' ', 'é', '<mask>', '\\u0000', '🙂'])}${'x y'.repeat(whole(random, 100_000))}","truncate":true}`,
    ),
  'too large': (random, path) => withBody(path, 'x'.repeat(2_000_001 + whole(random, 1000))),
  'invalid UTF-8': (random, path) => {
    const body = encode('{"inputs":"aaaaaaaaaaaaaaaa"}');
    body[11 + whole(random, 16)] = 0x80 + whole(random, 128);
    return withBody(path, body);
  },
  'NUL bytes': (random, path) => withBody(path, `{"inputs":"a${'\0'.repeat(1 + whole(random, 9))}"}`),
  'deep nesting': (random, path) => {
    const depth = 1 + whole(random, 100_000);
    return withBody(
      path,
      pick(random, [
        nested(depth, '[', ']'),
        `{"inputs":${nested(depth, '[', ']')}}`,
        nested(depth, '{"a":', '}'),
      ]),
    );
  },
  'slow body': (random, path) => encode(`${head(path, 100 + whole(random, 100))}{"inputs":"`),
  'short body': (random, path) => encode(`${head(path, 100 + whole(random, 1e6))}{"inputs":"a"}`),
  'broken chunks': (random, path) =>
    encode(
      `${head(path, 'chunked')}${pick(random, ['zz\r\n', '5\r\nab', '-1\r\n\r\n', 'ffffffffffffffff\r\n'])}`,
    ),
  'broken HTTP': (random) =>
    encode(
      pick(random, [
        'GET\r\n\r\n',
        'POST /embed HTTP/9.9\r\n\r\n',
        '\x16\x03\x01\x02',
        `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`,
        'POST /embed HTTP/1.1\r\nContent-Length: x\r\n\r\n',
        'POST /embed HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n',
      ]),
    ),
  'odd URL': (random) =>
    encode(
      `${pick(random, ['GET', 'POST', 'PUT', 'OPTIONS', 'TRACE', 'DELETE', 'HEAD'])} ${pick(random, ['/%', '/%ff', '//', '/../../etc/passwd', '/v1/models/%E0%A4%A', '/embed?model=%00', '*', 'http://[', '/v1/models/__proto__'])} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n`,
    ),
  'odd headers': (random, path) =>
    withBody(
      path,
      '{"inputs":"a"}',
      pick(random, [
        'X-Model: constructor\r\nConnection: close\r\n',
        'Content-Encoding: gzip\r\nConnection: close\r\n',
        'Expect: 100-continue\r\nConnection: close\r\n',
        'Authorization: Bearer \xff\r\nConnection: close\r\n',
        'Host: \r\nConnection: close\r\n',
        'Connection: close, upgrade\r\nUpgrade: websocket\r\n',
      ]),
    ),
};

export const hostileKinds = Object.keys(makers);

/**
 * The n-th hostile request: bytes to write to a socket, and whether the client then goes away without reading. The
 * same n gives the same bytes.
 */
export function hostileRequest(n) {
  const random = new Random(n + 1);
  const kind = hostileKinds[n % hostileKinds.length];
  const bytes = makers[kind](random, pick(random, paths));
  // What never ends must be left by the client; of the rest some leave early.
  const endless = kind === 'slow body' || kind === 'short body' || kind === 'broken chunks';
  return { kind, bytes, leaves: endless || n % 5 === 0 };
}
