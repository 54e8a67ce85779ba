/** What of JSON Schema 2020-12 our descriptions use. */
export interface JsonSchema {
  $ref?: string;
  [keyword: string]: unknown;
}

const UUID = '01890a5d-ac96-774b-bcce-b302099a8057';

/**
 * Makes a body that a reader can send as it stands: what is required, and of the rest what has an
 * example of its own. Left to themselves, pages make one of every field, with texts such as
 * "string", which nothing takes.
 * @throws where a text has neither an example nor a form that would do for one
 */
export function makeExample(schema: JsonSchema, at = 'body'): unknown {
  const { type, examples, minItems = 0 } = schema;
  for (const given of [schema['example'], (examples as unknown[] | undefined)?.[0]])
    if (given !== undefined) return given;
  for (const keyword of ['default', 'const', 'minimum'])
    if (schema[keyword] !== undefined) return schema[keyword];
  const choices = (schema['enum'] ?? schema['anyOf']) as unknown[] | undefined;
  if (schema['enum'] !== undefined) return choices?.[0];
  if (choices !== undefined) return makeExample(choices[0] as JsonSchema, at);
  if (schema['format'] === 'uuid') return UUID;
  if (type === 'boolean') return false;
  if (type === 'array')
    return Array.from({ length: Math.max(1, minItems as number) }, () =>
      makeExample(schema['items'] as JsonSchema, `${at}[]`),
    );
  if (type === 'object') return makeObject(schema, at);
  throw new Error(`no example for ${at}`);
}

function makeObject(schema: JsonSchema, at: string): Record<string, unknown> {
  const required = (schema['required'] ?? []) as string[];
  const fields = Object.entries(schema['properties'] as Record<string, JsonSchema>).filter(
    ([name, field]) => required.includes(name) || 'example' in field || 'examples' in field,
  );
  return Object.fromEntries(
    fields.map(([name, field]) => [name, makeExample(field, `${at}.${name}`)]),
  );
}
