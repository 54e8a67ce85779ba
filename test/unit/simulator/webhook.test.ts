import twilio from 'twilio';
import fc from 'fast-check';
import { readConnectionOverrides } from '../../../src/simulator/network/connection-overrides.js';
import { sign } from '../../../src/simulator/network/signature.js';

test("the example of Twilio's own documentation is signed as there", () => {
  const fields = {
    CallSid: 'CA1234567890ABCDE',
    Caller: '+14158675309',
    Digits: '1234',
    From: '+14158675309',
    To: '+18005551212',
  };
  expect(sign('12345', 'https://mycompany.com/myapp.php?foo=1&bar=2', fields)).toBe(
    'RSOYDt4T1cUTdK1PDd93/VVr8B8=',
  );
});

test('the SDK takes every signature for its own fields, and for no others', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[A-Z][A-Za-z]{0,9}$/), fc.string()),
      fc.string({ minLength: 1 }),
      (fields, more) => {
        const url = 'https://example.org:8443/voice?cap=a%20b';
        const signature = sign('token', url, fields);
        expect(twilio.validateRequest('token', signature, url, fields)).toBe(true);
        expect(twilio.validateRequest('token', signature, url, { ...fields, Zz: more })).toBe(
          false,
        );
        expect(twilio.validateRequest('another', signature, url, fields)).toBe(false);
      },
    ),
    { numRuns: 50 },
  );
});

test("without a fragment: one more try, on connection failures only, within Twilio's times", () => {
  expect(readConnectionOverrides('http://a/b?c=d')).toEqual({
    url: 'http://a/b?c=d',
    retries: 1,
    retryOn: new Set(['ct']),
    connectTimeoutMs: 5_000,
    readTimeoutMs: 15_000,
    totalTimeoutMs: 15_000,
  });
});

test('the fragment is obeyed and never sent', () => {
  const overrides = readConnectionOverrides('http://a/b#rc=5&rp=all&ct=2000&rt=3000&tt=9000');
  expect(overrides).toEqual({
    url: 'http://a/b',
    retries: 5,
    retryOn: new Set(['ct', 'rt', '4xx', '5xx']),
    connectTimeoutMs: 2_000,
    readTimeoutMs: 3_000,
    totalTimeoutMs: 9_000,
  });
  expect(readConnectionOverrides('http://a/b#rp=5xx,rt').retryOn).toEqual(new Set(['rt', '5xx']));
});

test('what is out of range has no effect', () => {
  expect(readConnectionOverrides('http://a/b#rc=6&ct=50&rt=99999&rp=sometimes')).toEqual(
    readConnectionOverrides('http://a/b'),
  );
});
