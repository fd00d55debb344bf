import { type Context, Hono } from 'hono';
import { cors } from 'hono/cors';
import { secureHeaders } from 'hono/secure-headers';
import * as v from 'valibot';
import { type PageOptions, pageRoutes, pageScriptSources } from '../page/routes.js';
import { Service, type ServiceOptions } from '../service.js';
import { readJson } from './body.js';
import { docsPage, docsStyle } from './docs-page.js';
import type { Endpoint } from './endpoint.js';
import { ApiError, type Dialect, errorResponse, toApiError } from './errors.js';
import { admit } from './middleware/admit.js';
import { createKeyCheck } from './middleware/api-key.js';
import { observe } from './middleware/observe.js';
import { openApiDocument } from './openapi.js';
import { aboutEndpoints } from './routes/about.js';
import { fillMaskEndpoint } from './routes/fill-mask.js';
import { openAiEndpoints } from './routes/openai.js';
import { teiEndpoints } from './routes/tei.js';

const endpoints: readonly Endpoint[] = [
  ...teiEndpoints,
  ...openAiEndpoints,
  fillMaskEndpoint,
  ...aboutEndpoints,
];

/** Refuses a body that does not fit the endpoint's schema, naming the field. */
function validate({ request }: Endpoint, body: unknown): unknown {
  if (!request) return body;
  const parsed = v.safeParse(request, body, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  throw new ApiError('INVALID_ARGUMENT', `${v.getDotPath(issue) ?? 'body'}: ${issue.message}`);
}

/** Reads, checks and answers one request. */
async function answer(service: Service, endpoint: Endpoint, c: Context, signal: AbortSignal) {
  let body: unknown;
  if (endpoint.method === 'post') {
    try {
      body = await readJson(c, service.limits.maxBodyBytes, signal);
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'DEADLINE_EXCEEDED')) throw error;
      throw new ApiError('REQUEST_TIMEOUT', 'The body did not arrive in time.');
    }
  }
  const call = {
    service,
    context: c,
    signal,
    model: () => service.model(c.req.query('model') ?? c.req.header('x-model')),
  };
  return endpoint.handle(call, validate(endpoint, body));
}

function mount(app: Hono, service: Service, endpoint: Endpoint, checkKey: (header?: string) => void): void {
  const { method, path, open } = endpoint;
  // Hono writes {name} as :name; a model's name may have slashes in it.
  app.on(method.toUpperCase(), path.replace(/\{(\w+)\}/g, ':$1{.+}'), async (c) => {
    c.set('route', path);
    if (open) return answer(service, endpoint, c, c.req.raw.signal);
    checkKey(c.req.header('authorization'));
    return admit(service, c, (signal) => answer(service, endpoint, c, signal));
  });
}

const dialectOf = (path: string): Dialect =>
  endpoints.find((endpoint) => endpoint.path === path)?.dialect ??
  (path.startsWith('/v1/') ? 'openai' : 'tei');

function sendErrors(app: Hono, service: Service): void {
  app.onError((error, c) => {
    const refusal = toApiError(error);
    c.set('refusal', refusal.code);
    service.noticeFailure(refusal);
    if (refusal.cause !== undefined && refusal.code !== 'CLIENT_CLOSED') {
      service.log.error(refusal.message, { id: c.get('requestId'), path: c.req.path, cause: refusal.cause });
    }
    return errorResponse(refusal, dialectOf(c.req.path));
  });
  app.notFound((c) => {
    const { method, path } = c.req;
    const refusal = new ApiError('NOT_FOUND', `There is no ${method} ${path}; /docs lists what there is.`);
    c.set('refusal', refusal.code);
    return errorResponse(refusal, dialectOf(path));
  });
}

function mountDocumentation(app: Hono, needsKey: boolean): void {
  const openApi = openApiDocument(endpoints, needsKey);
  const docs = docsPage(openApi);
  app.get('/openapi.json', (c) => c.json(openApi));
  app.get('/docs', (c) => c.html(docs));
  app.get('/docs/style.css', (c) => c.body(docsStyle, 200, { 'content-type': 'text/css; charset=utf-8' }));
}

type AppOptions = Pick<ServiceOptions, 'apiKeys' | 'corsOrigins'> & PageOptions;

/** The HTTP API and the page over a service. */
export function appOf(service: Service, options: AppOptions): Hono {
  const { apiKeys = [], corsOrigins = [] } = options;
  const app = new Hono();
  app.use(observe(service));
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'self'"],
        scriptSrc: pageScriptSources,
        // The wasm kernels' threads; a page can only make such a script of its own text.
        workerSrc: ["'self'", 'blob:'],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        frameAncestors: ["'none'"],
      },
      // With the opener policy, which is on, this isolates the page: only then may its wasm kernels have threads.
      crossOriginEmbedderPolicy: 'require-corp',
      // A page elsewhere that CORS lets ask must also be let read.
      crossOriginResourcePolicy: corsOrigins.length > 0 ? 'cross-origin' : 'same-origin',
    }),
  );
  if (corsOrigins.length > 0) {
    const exposeHeaders = ['retry-after', 'x-request-id'];
    app.use(cors({ origin: corsOrigins.includes('*') ? '*' : [...corsOrigins], exposeHeaders, maxAge: 600 }));
  }
  sendErrors(app, service);
  const checkKey = createKeyCheck(apiKeys);
  for (const endpoint of endpoints) mount(app, service, endpoint, checkKey);
  mountDocumentation(app, apiKeys.length > 0);
  // Everything that is neither the API nor its documentation.
  app.route('/', pageRoutes(service.models, options));
  return app;
}

/** The same from options alone, e.g. to mount in a server of one's own. Models are the caller's: it disposes them. */
export function createApp(options: ServiceOptions): Hono {
  return appOf(new Service(options), options);
}
