import { Problem, PROBLEMS, type ProblemCode } from '../../../src/kernel/problem.js';

const now = new Date('2026-03-01T12:00:00Z');
const id = '00000000-0000-4000-8000-000000000001';

test('a body names type, title, status, code and instance', () => {
  expect(new Problem('INVALID_NUMBER').body(id, now)).toEqual({
    type: 'urn:dingline:problem:INVALID_NUMBER',
    title: PROBLEMS.INVALID_NUMBER[1],
    status: 400,
    code: 'INVALID_NUMBER',
    instance: `urn:uuid:${id}`,
  });
});

test('a 404 is the same for every request', () => {
  const body = new Problem('NOT_FOUND').body(id, now);
  expect(body).toEqual(
    new Problem('NOT_FOUND').body('00000000-0000-4000-8000-000000000002', new Date(0)),
  );
  expect(JSON.stringify(body)).not.toContain(id);
});

test.each([
  [-5_000, 1],
  [0, 1],
  [1, 1],
  [1_000, 1],
  [1_001, 2],
  [60_000, 60],
])('what may be tried again in %i ms is said in whole seconds: %i', (ms, seconds) => {
  const problem = new Problem('SEND_TOO_SOON', { retryAt: new Date(now.getTime() + ms) });
  expect(problem.retryAfterSeconds(now)).toBe(seconds);
  expect(problem.body(id, now)).toMatchObject({ retryAfter: seconds });
});

test('statuses are those of errors, codes are words in capitals', () => {
  for (const code of Object.keys(PROBLEMS) as ProblemCode[]) {
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
    expect(new Problem(code).status).toBeGreaterThanOrEqual(400);
    expect(new Problem(code).status).toBeLessThan(600);
    expect(new Problem(code).retryAfterSeconds(now)).toBeUndefined();
  }
});
