import { readCallOrder, readMessageOrder } from '../../../src/simulator/rest/orders.js';
import {
  readBasicCredentials,
  readBearerToken,
  isOwnHost,
  isEqual,
} from '../../../src/simulator/rest/access.js';
import { Form } from '../../../src/simulator/rest/form.js';
import { TwilioError } from '../../../src/simulator/rest/twilio-errors.js';

const own = new Set(['+15005550006']);
const call = (fields: Record<string, string>) =>
  readCallOrder(
    new Form(
      new URLSearchParams({
        To: '+14155550101',
        From: '+15005550006',
        Url: 'http://a/b',
        ...fields,
      }),
    ),
    own,
  );
const message = (fields: Record<string, string>) =>
  readMessageOrder(
    new Form(
      new URLSearchParams({ To: '+14155550101', From: '+15005550006', Body: 'x', ...fields }),
    ),
    own,
  );

function code(act: () => unknown): number {
  try {
    act();
  } catch (error) {
    if (error instanceof TwilioError) return error.body.code;
    throw error;
  }
  throw new Error('it was taken');
}

test('a call rings a minute, lasts four hours and calls back its end, unless asked otherwise', () => {
  expect(call({})).toEqual({
    to: '+14155550101',
    from: '+15005550006',
    source: { url: 'http://a/b', method: 'POST' },
    events: new Set(['completed']),
    ringS: 60,
    timeLimitS: 14_400,
  });
  expect(
    call({
      Timeout: '20',
      TimeLimit: '90',
      Method: 'GET',
      StatusCallback: 'http://a/s',
      StatusCallbackEvent: 'ringing answered',
    }),
  ).toMatchObject({
    ringS: 20,
    timeLimitS: 90,
    source: { method: 'GET' },
    statusCallback: { url: 'http://a/s', method: 'POST' },
    events: new Set(['ringing', 'answered']),
  });
});

test('a number may be typed with blanks and brackets', () => {
  expect(call({ To: '+1 (415) 555-0101' }).to).toBe('+14155550101');
  expect(message({ To: '14155550101' }).to).toBe('+14155550101');
});

test('Url wins over Twiml, and Twiml has at most 4000 characters', () => {
  expect(call({ Twiml: '<Response/>' }).source).toEqual({ url: 'http://a/b', method: 'POST' });
  expect(call({ Url: '', Twiml: '<Response/>' }).source).toEqual({ twiml: '<Response/>' });
  expect(code(() => call({ Url: '', Twiml: 'x'.repeat(4_001) }))).toBe(20001);
});

test('machine detection is ignored where digits are sent, and reports to its own address', () => {
  expect(call({ MachineDetection: 'Enable', SendDigits: '1' }).machineDetection).toBeUndefined();
  expect(
    call({
      MachineDetection: 'DetectMessageEnd',
      AsyncAmd: 'true',
      AsyncAmdStatusCallback: 'http://a/m',
    }).machineDetection,
  ).toEqual({ waitsForEnd: true, isAsync: true, callback: { url: 'http://a/m', method: 'POST' } });
});

test.each([
  [{ Url: 'ftp://a/b' }, 21205],
  [{ Timeout: '601' }, 21208],
  [{ Timeout: 'long' }, 21208],
  [{ SendDigits: 'x' }, 21206],
  [{ StatusCallback: 'nowhere' }, 21609],
])('a call with %j is error %i', (fields, expected) => {
  expect(code(() => call(fields))).toBe(expected);
});

test("a text has at most 1600 characters, and its sender can't be its recipient", () => {
  expect(message({ Body: 'x'.repeat(1_600) }).body).toHaveLength(1_600);
  expect(code(() => message({ Body: 'x'.repeat(1_601) }))).toBe(21617);
  expect(code(() => message({ To: '+15005550006' }))).toBe(21266);
});

test('only its own host name and the right token open the door', () => {
  expect(['127.0.0.1:3003', 'localhost:3003'].every((host) => isOwnHost(host, 3003))).toBe(true);
  expect(
    [
      undefined,
      '',
      '127.0.0.1',
      'localhost:80',
      'evil.example:3003',
      '127.0.0.1:3003.evil.example',
    ].some((host) => isOwnHost(host, 3003)),
  ).toBe(false);
  expect(isEqual('a', 'a')).toBe(true);
  expect(isEqual('a', 'ab')).toBe(false);
  expect(readBearerToken('Bearer abc')).toBe('abc');
  expect(readBearerToken('Basic abc')).toBe('');
  expect(readBasicCredentials(`Basic ${Buffer.from('AC1:to:ken').toString('base64')}`)).toEqual({
    user: 'AC1',
    password: 'to:ken',
  });
  expect(readBasicCredentials(undefined)).toEqual({ user: '', password: '' });
});
