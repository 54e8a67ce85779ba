import { Problem, PROBLEMS, type ProblemCode } from '../../../src/kernel/problem.js';
import { REFUSALS, refusalsFor } from '../../../src/twilio-verify/refusals.js';

const tell = refusalsFor('https://dingline.example');
const said = (problem: Problem) =>
  tell(problem) as {
    status: number;
    body: { code: number; status: number; message: string; more_info: string };
  };

test("every problem that we have is told by a number of Twilio's, with the status that belongs to it", () => {
  for (const code of Object.keys(PROBLEMS) as ProblemCode[]) {
    const { status, body } = said(new Problem(code));
    expect([code, REFUSALS[body.code]?.[0], body.status]).toEqual([code, status, status]);
    expect(body.more_info).toBe(`https://dingline.example/v2/errors/${String(body.code)}`);
  }
});

test("a block by the guard is Twilio's 60410", () => {
  expect(said(new Problem('SENDS_BLOCKED'))).toMatchObject({ status: 403, body: { code: 60410 } });
});

test('a finished verification is not there any more, but for one whose checks were used up', () => {
  expect(
    said(new Problem('VERIFICATION_FINISHED', { next: { state: 'approved' } })).body.code,
  ).toBe(20404);
  expect(
    said(new Problem('VERIFICATION_FINISHED', { next: { state: 'max_attempts' } })).body.code,
  ).toBe(60202);
});

test('a place is named, a value never', () => {
  expect(
    said(new Problem('INVALID_INPUT', { errors: [{ path: 'Locale', message: 'not valid' }] })).body
      .message,
  ).toBe('A parameter is missing, or not valid here: Locale: not valid');
});
