import type { JsonObject } from './openapi.js';

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document is read here, not defined.
type Node = any;

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (character) => entities[character]!);
/** Text with `code` in it. */
const prose = (text: string) => escapeHtml(text).replace(/`([^`]*)`/g, '<code>$1</code>');

/** A schema as people write types. */
function typeOf(schema: Node): string {
  if (schema.$ref) return schema.$ref.split('/').at(-1);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value: unknown) => JSON.stringify(value)).join(' | ');
  const union = schema.anyOf ?? schema.oneOf;
  if (union) return union.map(typeOf).join(' | ');
  if (schema.type === 'array') {
    const item = typeOf(schema.items ?? {});
    return item.includes(' ') ? `(${item})[]` : `${item}[]`;
  }
  return schema.type ?? 'any';
}

function fieldRows(schema: Node, prefix = ''): string {
  const required = new Set(schema.required ?? []);
  return Object.entries<Node>(schema.properties ?? {})
    .map(([name, field]) => {
      const place = prefix + name;
      const inner = field.type === 'array' ? field.items : field;
      const fallback = field.default === undefined ? '' : ` = ${JSON.stringify(field.default)}`;
      const mark = required.has(name) ? '' : '<span class="optional">optional</span>';
      const row = `<tr><td><code>${escapeHtml(place)}</code> ${mark}</td><td><code>${escapeHtml(typeOf(field) + fallback)}</code></td><td>${prose(field.description ?? '')}</td></tr>`;
      return row + fieldRows(inner ?? {}, `${place}${field.type === 'array' ? '[]' : ''}.`);
    })
    .join('');
}

function schemaBlock(title: string, schema: Node): string {
  const rows = fieldRows(schema.type === 'array' ? (schema.items ?? {}) : schema);
  const table = rows ? `<div class="scroll"><table>${rows}</table></div>` : '';
  return `<h4>${title} <code>${escapeHtml(typeOf(schema))}</code></h4><p>${prose(schema.description ?? '')}</p>${table}`;
}

function operationBlock(method: string, path: string, operation: Node): string {
  const body = operation.requestBody?.content['application/json'].schema;
  const { 200: done, ...refused } = operation.responses;
  const [type, { schema }] = Object.entries<Node>(done.content)[0]!;
  const parameters = (operation.parameters ?? [])
    .map(
      (parameter: Node) =>
        `<tr><td><code>${escapeHtml(parameter.name)}</code></td><td>${parameter.in}</td><td>${prose(parameter.description ?? '')}</td></tr>`,
    )
    .join('');
  const errors = Object.entries<Node>(refused)
    .map(([status, { description }]) => `<tr><td>${status}</td><td>${prose(description)}</td></tr>`)
    .join('');
  return `<details id="${escapeHtml(operation.operationId)}"><summary><span class="method ${method}">${method.toUpperCase()}</span> <code>${escapeHtml(path)}</code> ${prose(operation.summary)}</summary>
<p>${prose(operation.description ?? '')}</p>
${parameters ? `<h4>Parameters</h4><div class="scroll"><table>${parameters}</table></div>` : ''}
${body ? schemaBlock('Body', body) : ''}
${schemaBlock(`Answer, ${escapeHtml(type)}`, schema)}
<h4>Refusals</h4><div class="scroll"><table>${errors}</table></div>
</details>`;
}

/** The document as a page of plain HTML: no script, and nothing from elsewhere. */
export function docsPage(document: JsonObject): string {
  const { info, paths } = document as Node;
  const byTag = new Map<string, string[]>();
  for (const [path, methods] of Object.entries<Node>(paths)) {
    for (const [method, operation] of Object.entries<Node>(methods)) {
      const [tag] = operation.tags;
      byTag.set(tag, [...(byTag.get(tag) ?? []), operationBlock(method, path, operation)]);
    }
  }
  const sections = [...byTag]
    .map(([tag, blocks]) => `<h2>${escapeHtml(tag)}</h2>${blocks.join('')}`)
    .join('');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(info.title)} API</title>
<link rel="stylesheet" href="/docs/style.css">
<main>
<h1>${escapeHtml(info.title)} API <small>${escapeHtml(info.version)}</small></h1>
<p>${prose(info.description)}</p>
<p>For machines: <a href="/openapi.json">openapi.json</a>.</p>
${sections}
</main>
</html>
`;
}

export const docsStyle = `:root { color-scheme: light dark; --line: light-dark(#d8d8e0, #3a3a46); --soft: light-dark(#f4f4f8, #22222c); --accent: light-dark(#1c5fb0, #7fb4ff); }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; background: light-dark(#fff, #16161d); color: light-dark(#1b1b24, #e8e8f0); }
main { max-width: 62rem; margin: 0 auto; padding: 1rem; }
small, .optional { font-size: .8rem; opacity: .75; }
a { color: var(--accent); }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; padding: 0 .8rem; }
summary { cursor: pointer; padding: .6rem 0; }
summary:focus-visible { outline: 2px solid var(--accent); }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
.method { font: 600 .8rem ui-monospace, monospace; color: var(--accent); display: inline-block; min-width: 2.6rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
td { border-top: 1px solid var(--line); padding: .35rem .6rem .35rem 0; vertical-align: top; }
h4 { margin: 1rem 0 .3rem; }
`;
