import { type ConversionConfig, toJsonSchema } from '@valibot/to-json-schema';
import { version } from '../version.js';
import type { Endpoint, Schema } from './endpoint.js';
import { type Dialect, errorTypes, type RefusalCode, refusals, statusOf } from './errors.js';
import type { Documented } from './schemas/inputs.js';

export type JsonObject = { readonly [key: string]: unknown };

const conversion: ConversionConfig = {
  target: 'draft-2020-12',
  // Schemas written by hand bring what documents them; the transformation itself says nothing.
  errorMode: 'ignore',
  overrideAction: ({ valibotAction, jsonSchema }) => {
    if (valibotAction.type !== 'metadata') return undefined;
    const { metadata } = valibotAction as unknown as { readonly metadata: Documented };
    // The converter has copied the metadata itself already, which is no part of a JSON Schema.
    const { jsonSchema: _, ...rest } = jsonSchema as JsonObject;
    return { ...rest, ...metadata.jsonSchema };
  },
};

function schemaOf(schema: Schema, typeMode: 'input' | 'output'): JsonObject {
  const { $schema, ...rest } = toJsonSchema(schema as Parameters<typeof toJsonSchema>[0], {
    ...conversion,
    typeMode,
  });
  return rest;
}

const errorSchemas = {
  Error: {
    type: 'object',
    required: ['error', 'error_type', 'code'],
    properties: {
      error: { type: 'string', description: 'What happened and what to do.' },
      error_type: { enum: errorTypes },
      code: { enum: Object.keys(refusals) },
    },
  },
  OpenAIError: {
    type: 'object',
    required: ['error'],
    properties: {
      error: {
        type: 'object',
        required: ['message', 'type', 'param', 'code'],
        properties: {
          message: { type: 'string' },
          type: { type: 'string' },
          param: { type: 'null' },
          code: { type: 'string' },
        },
      },
    },
  },
};

/** What any route that takes a body, or any that is not open, can be refused with. */
function refusalsOf({ method, open, refuses = [], choosesModel }: Endpoint): RefusalCode[] {
  const codes: RefusalCode[] = [...refuses];
  if (choosesModel) codes.push('MODEL_NOT_FOUND');
  if (method === 'post') codes.push('INVALID_JSON', 'INVALID_ARGUMENT', 'TOO_LARGE', 'REQUEST_TIMEOUT');
  if (!open) codes.push('UNAUTHORIZED', 'OVERLOADED', 'DEADLINE_EXCEEDED');
  codes.push('UNHEALTHY');
  return [...new Set(codes)];
}

function errorResponses(endpoint: Endpoint): JsonObject {
  const byStatus = new Map<number, RefusalCode[]>();
  for (const code of refusalsOf(endpoint)) {
    const status = statusOf(code, endpoint.dialect);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const name = endpoint.dialect === 'openai' ? 'OpenAIError' : 'Error';
  const written = (code: RefusalCode, dialect: Dialect) => (dialect === 'openai' ? code.toLowerCase() : code);
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, codes]) => [
        status,
        {
          description: codes
            .map((code) => `\`${written(code, endpoint.dialect)}\`: ${refusals[code].means}`)
            .join(' '),
          content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } },
        },
      ]),
  );
}

const modelParameters = [
  {
    name: 'model',
    in: 'query',
    schema: { type: 'string' },
    description: 'The model to ask; default the first.',
  },
  { name: 'X-Model', in: 'header', schema: { type: 'string' }, description: 'The same as a header.' },
];

function parametersOf({ path, choosesModel }: Endpoint): readonly JsonObject[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  return [...inPath, ...(choosesModel ? modelParameters : [])];
}

function operation(endpoint: Endpoint): JsonObject {
  const { method, path, tag, summary, description, request, response, open } = endpoint;
  const parameters = parametersOf(endpoint);
  const content =
    typeof response === 'string'
      ? { [response]: { schema: { type: 'string' } } }
      : { 'application/json': { schema: schemaOf(response, 'output') } };
  return {
    operationId: `${method}${path.replace(/[^a-z0-9]+/gi, '_').replace(/_$/, '')}`,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(request === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(request, 'input') } },
          },
        }),
    responses: { 200: { description: 'Done.', content }, ...errorResponses(endpoint) },
    ...(open ? { security: [] } : {}),
  };
}

/** The OpenAPI 3.1 document of some endpoints, from the schemas that validate. */
export function openApiDocument(endpoints: readonly Endpoint[], needsKey: boolean): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const endpoint of endpoints) {
    paths[endpoint.path] = { ...paths[endpoint.path], [endpoint.method]: operation(endpoint) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'lookupffn',
      version,
      description:
        'Embeddings, tokens and filled masks by LookupFFN models. Routes and shapes are those of text-embeddings-inference and of OpenAI, so that their clients work unmodified.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    paths,
    components: {
      schemas: errorSchemas,
      ...(needsKey ? { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } } : {}),
    },
    ...(needsKey ? { security: [{ key: [] }] } : {}),
  };
}
