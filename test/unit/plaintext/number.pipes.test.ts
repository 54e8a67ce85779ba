import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { z } from 'zod';
import { Code } from '../../../src/plaintext/code.js';
import { submittedCode, submittedNumber } from '../../../src/plaintext/gate.js';
import { PhoneNumber } from '../../../src/plaintext/phone-number.js';

/** As people paste it: each sign in any script's digits, with marks, blanks and dashes about it. */
const pasted = (plain: string): fc.Arbitrary<string> => {
  const zeros = ['0', '٠', '۰', '०', '০', '０', '\u{1d7ce}'];
  const about = fc.constantFrom(
    '',
    '',
    '',
    '\u200e',
    '\u202a',
    '\u00ad',
    '\u2069\ufe0f',
    ' ',
    '\u2012',
  );
  const sign = (digit: string): fc.Arbitrary<string> =>
    /\d/.test(digit)
      ? fc
          .constantFrom(...zeros)
          .map((zero) => String.fromCodePoint((zero.codePointAt(0) as number) + Number(digit)))
      : fc.constant(digit);
  return fc
    .tuple(...[...plain].map((one) => fc.tuple(sign(one), about).map((parts) => parts.join(''))))
    .map((signs) => signs.join(''));
};

describe('a submitted number or code in a schema', () => {
  const schema = z.strictObject({ number: submittedNumber, code: submittedCode.optional() });

  test('is described to callers as the text that they send', () => {
    const described = schema['~standard'].jsonSchema.input({ target: 'openapi-3.0' }) as {
      properties: Record<string, unknown>;
      required: string[];
    };
    expect(described.properties).toEqual({
      number: expect.objectContaining({ type: 'string', examples: ['+12025550123'] }) as object,
      code: expect.objectContaining({ type: 'string', examples: ['123456'] }) as object,
    });
    expect(described.required).toEqual(['number']);
  });

  test('is described so that nothing that is read is refused by the description', () => {
    const described = schema['~standard'].jsonSchema.input({ target: 'draft-2020-12' });
    const isDescribed = new Ajv2020().compile<unknown>(described);
    let read = 0;
    fc.assert(
      fc.property(pasted('+12025550123'), pasted('123456'), (number, code) => {
        if (PhoneNumber.parse(number) === undefined || Code.parse(code) === undefined) return;
        read += 1;
        expect([number, code, isDescribed({ number, code })]).toEqual([number, code, true]);
      }),
      { numRuns: 300 },
    );
    expect(read).toBeGreaterThan(200);
    const marked = [...'+12025550123'].join('\u2066'.repeat(15));
    expect([PhoneNumber.parse(marked) !== undefined, isDescribed({ number: marked })]).toEqual([
      true,
      true,
    ]);
  });

  test('is refused as a text: what no pipe has taken does not get through', () => {
    expect(schema.safeParse({ number: '+12025550123' }).success).toBe(false);
    expect(schema.safeParse({ number: {}, code: '123456' }).success).toBe(false);
    expect(schema.safeParse({}).success).toBe(false);
  });
});
