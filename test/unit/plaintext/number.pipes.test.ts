import { z } from 'zod';
import { submittedCode, submittedNumber } from '../../../src/plaintext/gate.js';

describe('a submitted number or code in a schema', () => {
  const schema = z.strictObject({ number: submittedNumber, code: submittedCode.optional() });

  test('is described to callers as the text that they send', () => {
    const described = schema['~standard'].jsonSchema.input({ target: 'openapi-3.0' }) as {
      properties: Record<string, unknown>;
      required: string[];
    };
    expect(described.properties).toEqual({
      number: expect.objectContaining({
        type: 'string',
        pattern: expect.any(String) as string,
        examples: ['+12025550123'],
      }) as object,
      code: expect.objectContaining({ type: 'string', pattern: '^[0-9]{4,10}$' }) as object,
    });
    expect(described.required).toEqual(['number']);
  });

  test('is refused as a text: what no pipe has taken does not get through', () => {
    expect(schema.safeParse({ number: '+12025550123' }).success).toBe(false);
    expect(schema.safeParse({ number: {}, code: '123456' }).success).toBe(false);
    expect(schema.safeParse({}).success).toBe(false);
  });
});
