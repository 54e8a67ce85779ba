// Writes TypeScript for what our OpenAPI document says: an object for each operation, with the types of what it takes
// and answers. It knows the words of JSON Schema that zod writes, and fails at any other.

const HEAD =
  "// Made by `npm run build:client` from the API's own description. Change the controllers, not this file.\n";
const KNOWN = new Set([
  ...['$ref', 'additionalProperties', 'allOf', 'anyOf', 'const', 'enum', 'items', 'oneOf'],
  ...['properties', 'propertyNames', 'required', 'type'],
  // What a type can't say:
  ...[
    'default',
    'description',
    'example',
    'examples',
    'format',
    'maxItems',
    'maxLength',
    'maximum',
  ],
  ...['minItems', 'minLength', 'minimum', 'exclusiveMinimum', 'pattern', 'uniqueItems', 'title'],
]);
const PLAIN = { string: 'string', integer: 'number', number: 'number', boolean: 'boolean' };

const quote = (name) => (/^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name));
const comment = (text) => (text === undefined ? '' : `/** ${text.replaceAll('*/', '*\\/')} */\n`);

const joinTypes = (types) => [...new Set(types)].join(' | ');

/** One schema as a type. */
export function writeType(schema) {
  if (typeof schema === 'boolean') return 'unknown';
  const strange = Object.keys(schema).find((word) => !KNOWN.has(word));
  if (strange !== undefined) throw new Error(`no type is known for "${strange}"`);
  if (schema.$ref !== undefined) return schema.$ref.replace('#/components/schemas/', '');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  const several = schema.anyOf ?? schema.oneOf;
  if (several !== undefined) return joinTypes(several.map((one) => `(${writeType(one)})`));
  if (schema.allOf !== undefined) return schema.allOf.map(writeType).join(' & ');
  if (Array.isArray(schema.type))
    return schema.type.map((type) => writeType({ ...schema, type })).join(' | ');
  if (schema.type === 'null') return 'null';
  if (schema.type === 'array') return `readonly (${writeType(schema.items)})[]`;
  if (schema.type === 'object') return writeObject(schema);
  return PLAIN[schema.type] ?? 'unknown';
}

function writeObject({ properties, required = [], additionalProperties }) {
  if (properties === undefined || Object.keys(properties).length === 0) {
    const values = typeof additionalProperties === 'object' ? additionalProperties : true;
    return `Record<string, ${writeType(values)}>`;
  }
  const fields = Object.entries(properties).map(([name, schema]) => {
    const mark = required.includes(name) ? '' : '?';
    return `${comment(schema.description)}${quote(name)}${mark}: ${writeType(schema)};`;
  });
  return `{\n${fields.join('\n')}\n}`;
}

/** `verification.sendAgain` as `verificationSendAgain`. */
const nameOperation = (id) => id.replace(/\.(.)/, (_, first) => first.toUpperCase());

function writeOperation(method, path, operation) {
  const parameters = operation.parameters ?? [];
  const within = (place) => parameters.filter((one) => one.in === place);
  const describeParameters = (ones) =>
    writeObject({
      properties: Object.fromEntries(
        ones.map((one) => [one.name, one.schema ?? { type: 'string' }]),
      ),
      required: ones.filter((one) => one.required).map((one) => one.name),
    });
  const input = [];
  if (within('path').length > 0) input.push(`path: ${describeParameters(within('path'))}`);
  if (within('query').length > 0) {
    const mark = within('query').some((one) => one.required) ? '' : '?';
    input.push(`query${mark}: ${describeParameters(within('query'))}`);
  }
  const body = operation.requestBody?.content['application/json'].schema;
  if (body !== undefined) input.push(`body: ${writeType(body)}`);
  const [, good] = Object.entries(operation.responses).find(([status]) => status.startsWith('2'));
  const answer = Object.values(good.content ?? {})[0]?.schema;
  const isKeyed = parameters.some((one) => one.name === 'Idempotency-Key');
  const name = nameOperation(operation.operationId);
  const type = name.replace(/^./, (first) => first.toUpperCase());
  return [
    `export interface ${type}Input {${input.map((one) => `${one};`).join('\n')}}`,
    `export type ${type}Answer = ${answer === undefined ? 'undefined' : writeType(answer)};`,
    comment(operation.summary) +
      `export const ${name}: Operation<${type}Input, ${type}Answer> = ` +
      `{ method: '${method.toUpperCase()}', path: '${path}'${isKeyed ? ', isKeyed: true' : ''} };`,
  ].join('\n');
}

/** Every operation below /v1 that a person's own session or nobody's is for, with all named shapes. */
export function writeOperations(document) {
  const shapes = Object.entries(document.components.schemas).map(
    ([name, schema]) => `export type ${name} = ${writeType(schema)};`,
  );
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(() => path.startsWith('/v1/'))
      .map(([method, operation]) => writeOperation(method, path, operation)),
  );
  const types = "import type { Operation } from '../operation.js';";
  return [HEAD + types, ...shapes, ...operations].join('\n\n');
}

export function writeProblemCodes(codes) {
  const list = codes.map((code) => JSON.stringify(code)).join(', ');
  return (
    `${HEAD}\nexport const PROBLEM_CODES = [${list}] as const;\n\n` +
    'export type ProblemCode = (typeof PROBLEM_CODES)[number];\n'
  );
}
