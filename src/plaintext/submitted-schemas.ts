import { z } from 'zod';
import { because } from '../kernel/reason.js';
import { LONGEST_CODE } from './code.js';
import { LookupNumber, SubmittedCode, SubmittedDevice, SubmittedNumber } from './number.pipes.js';
import { LONGEST_NUMBER } from './phone-number.js';

/**
 * What a caller sends is a text, and OpenAPI says so; what the schema checks is what the pipe made
 * of it. No `pattern` says what is read of a number or a code: a client that went by one would refuse
 * what the pipe takes.
 */
function sentAsText<T>(
  type: abstract new (...args: never) => T,
  wish: string,
  openApi: Record<string, unknown>,
): z.ZodType<T> {
  const schema = z.custom<T>((value) => value instanceof type, because(wish));
  schema._zod.toJSONSchema = () => ({ type: 'string', ...openApi });
  return schema;
}

export const submittedNumber = sentAsText(
  SubmittedNumber,
  'expected a phone number in international form',
  {
    description:
      'A phone number in international form, E.164: + and its digits. It may be as people paste it: ' +
      'with blanks, dashes, dots, brackets and marks of direction, in the digits of any script. No ' +
      'answer ever repeats it.',
    maxLength: LONGEST_NUMBER,
    examples: ['+12025550123'],
  },
);

export const lookupNumber = sentAsText(
  LookupNumber,
  'expected a phone number in international form',
  {
    description: 'A phone number in international form, E.164.',
  },
);

export const submittedCode = sentAsText(SubmittedCode, 'expected a code of 4 to 10 digits', {
  description:
    'The code that was sent, 4 to 10 digits. It may be as people paste it: with blanks and dashes, in ' +
    'the digits of any script.',
  maxLength: LONGEST_CODE,
  examples: ['123456'],
});

export const submittedDevice = sentAsText(
  SubmittedDevice,
  'expected 16 to 200 visible ASCII characters',
  {
    description:
      'A secret that your client made (16 to 200 visible ASCII characters, at least 128 bits of ' +
      'chance) and keeps on the device. Who has proved a number on it before has sends and ' +
      'guesses kept for them that a stranger can not use up.',
    pattern: '^[!-~]{16,200}$',
  },
);
