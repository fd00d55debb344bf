import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import * as v from 'valibot';
import { type PageOptions, pageRoutes, pageScriptSources } from '../page/routes.js';
import type { ServedModel } from '../served-model.js';
import { errorAnswer } from './errors.js';
import type { ErrorResponse, FillMaskResponse, InfoResponse } from './types.js';

const MAX_BODY_BYTES = 64 * 1024;

const fillMaskRequest = v.strictObject({
  /** The text, with at least one mask token. */
  inputs: v.pipe(v.string(), v.minLength(1), v.maxLength(10_000)),
  /** Candidates per mask. */
  top_k: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100)), 5),
  /** Names of the models to ask; default all. */
  models: v.optional(v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(16))),
});

export interface AppOptions extends PageOptions {
  readonly models: readonly ServedModel[];
  /** Where unexpected errors go; default standard error. */
  readonly log?: (message: string) => void;
}

/** The HTTP API and the page over some models. Models are the caller's: it disposes them. */
export function createApp({ models, log = console.error, ...page }: AppOptions): Hono {
  const { examples = [] } = page;
  const app = new Hono();
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'self'"],
        scriptSrc: pageScriptSources,
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        frameAncestors: ["'none'"],
      },
    }),
  );
  const refuse = (error: string, code: string): ErrorResponse => ({ error, code });

  app.onError((error, c) => {
    const answer = errorAnswer(error);
    if (answer.status === 500) log(`${c.req.method} ${c.req.path}: ${error.stack ?? error.message}`);
    return c.json(answer.body, answer.status);
  });
  app.notFound((c) => c.json(refuse(`There is no ${c.req.method} ${c.req.path}.`, 'NOT_FOUND'), 404));

  app.get('/health', (c) => c.json({ status: 'ok' }));

  app.get('/info', (c) => {
    const first = models[0];
    const info: InfoResponse = {
      models: models.map((model) => model.info),
      mask_token: first?.maskToken ?? '<mask>',
      examples,
      backend: first?.backend ?? { name: 'none', isa: 'none', threads: 0 },
    };
    return c.json(info);
  });

  app.post(
    '/fill-mask',
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: (c) => c.json(refuse(`The body is larger than ${MAX_BODY_BYTES} bytes.`, 'TOO_LARGE'), 413),
    }),
    async (c) => {
      let body: unknown;
      try {
        body = await c.req.json();
      } catch {
        return c.json(refuse('The body is not JSON.', 'INVALID_JSON'), 400);
      }
      const parsed = v.safeParse(fillMaskRequest, body);
      if (!parsed.success) {
        const issue = parsed.issues[0];
        return c.json(refuse(`${v.getDotPath(issue) ?? 'body'}: ${issue.message}`, 'INVALID_ARGUMENT'), 400);
      }
      const { inputs, top_k: topK, models: wanted } = parsed.output;
      const unknown = wanted?.find((name) => !models.some((model) => model.info.name === name));
      if (unknown !== undefined) {
        const known = models.map((model) => model.info.name).join(', ');
        return c.json(refuse(`There is no model '${unknown}'; here are: ${known}.`, 'INVALID_ARGUMENT'), 400);
      }
      const results: FillMaskResponse['results'][number][] = [];
      // One after the other: side by side they would share the cores and measure each other.
      for (const model of models.filter(({ info }) => !wanted || wanted.includes(info.name))) {
        const start = performance.now();
        const predictions = await model.fillMask(inputs, { topK, signal: c.req.raw.signal });
        results.push({ model: model.info.name, milliseconds: performance.now() - start, predictions });
      }
      return c.json({ inputs, results } satisfies FillMaskResponse);
    },
  );

  const maskToken = models[0]?.maskToken ?? '<mask>';
  app.route('/', pageRoutes({ models: models.map((model) => model.info), maskToken }, page));
  return app;
}
