import fc from 'fast-check';
import { Logger, scrubbed } from '../../../src/kernel/logger.js';
import { scrub } from '../../../src/kernel/scrub.js';
import { runs } from '../../support/runs.js';

test.each([
  ['a number', 'to +12025550123 now'],
  ['a national number with separators', 'to (202) 555-0123 now'],
  ['a number in a URL', '/v2/x/%2B8613800138000'],
  ['a code', 'code 493027'],
  ['a number that is joined to another', 'code 493027x1202555 0123'],
  ['a capability', `/carrier/${'aB3_-x'.repeat(8)}/answer`],
])('%s is taken out of a line', (_what, line) => {
  const { text, count } = scrub(line);
  expect(count).toBe(1);
  expect(text).toContain('<scrubbed>');
  expect(text).not.toMatch(/\d{4}|aB3_-x/);
});

test.each([
  ['a UUID', '01a20ad7-253f-7778-b0c0-706218246241'],
  ['a time', '2026-03-01T12:00:00.123Z'],
  ["a carrier's SID", `CA${'0123456789abcdef'.repeat(2)}`],
  ['a status and a duration', '"status":201,"durationMs":12345'],
])('%s passes', (_what, line) => {
  expect(scrub(line)).toEqual({ text: line, count: 0 });
});

test('nothing is left that has six digits or forty letters on end, whatever stands beside them', () => {
  const harmless =
    /(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z|\b[A-Z]{2}[0-9a-f]{32}|\d+\.\d+)(?![A-Za-z0-9_-])/g;
  const harmful = /\d(?:(?:[ .()/-]|%20){0,2}\d){5,}|[A-Za-z0-9_-]{40,}/;
  const part = fc.oneof(
    fc.constantFrom(
      '01a20ad7-253f-7778-b0c0-706218246241',
      '2026-03-01T12:00:00.123Z',
      '"01a20ad7-253f-7778-b0c0-706218246241"',
      '"2026-03-01T12:00:00.123Z"',
      `CA${'0123456789abcdef'.repeat(2)}`,
      '12.5',
      '+12025550123',
      '493027',
      '%2B86138',
      '(202) 555-',
      'aB3_-x'.repeat(7),
      'aB3_-'.repeat(8),
      '4%20'.repeat(6),
      'a1'.repeat(12),
      '"',
      ':',
      ' ',
      '-',
      '_',
      '.',
      'Z',
      '7',
    ),
    fc.string({ maxLength: 6 }),
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const { text } = scrub(parts.join(''));
      expect(text.replace(harmless, '|')).not.toMatch(harmful);
    }),
    { numRuns: runs(2_000, 50_000) },
  );
});

test('a line of the log is JSON with its event and ids; what should not be in it is scrubbed and counted', () => {
  const lines: string[] = [];
  const logger = new Logger('info', 'api', (line) => lines.push(line));
  const before = scrubbed.count;
  logger.info('handoff', {
    handoffId: '01a20ad7-253f-7778-b0c0-706218246241',
    outcome: 'accepted',
  });
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'info',
    role: 'api',
    event: 'handoff',
    handoffId: '01a20ad7-253f-7778-b0c0-706218246241',
    outcome: 'accepted',
  });
  expect(scrubbed.count).toBe(before);
  logger.info('careless', { message: 'calling +12025550123' });
  expect(JSON.parse(lines[1] ?? '')).toMatchObject({
    event: 'careless',
    message: 'calling <scrubbed>',
  });
  expect(scrubbed.count).toBe(before + 1);
});

test('of an error only its class, a code and the frames are told', () => {
  const lines: string[] = [];
  new Logger('info', 'worker', (line) => lines.push(line)).error(
    'failed',
    Object.assign(new TypeError('no route to +12025550123'), { code: 'EX' }),
  );
  expect(lines[0]).not.toContain('no route');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ error: 'TypeError EX' });
});
