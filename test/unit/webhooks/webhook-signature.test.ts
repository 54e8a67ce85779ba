import { Webhook } from 'standardwebhooks';
import { deriveSecret, serializeSecret, sign } from '../../../src/webhooks/webhook-signature.js';

const KEY = Buffer.alloc(32, 7);
const APP = '0198c0de-0000-7000-8000-000000000001';
const BODY = '{"test": 2432232314}';

test('the vector of the official library is signed as it signs it', () => {
  const secret = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
  expect(sign([secret], 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, BODY)).toBe(
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  );
});

test('the official verifier accepts what is signed with a secret as the app is given it, and nothing that was changed', () => {
  const secret = deriveSecret(KEY, APP, 1);
  const verifier = new Webhook(serializeSecret(secret));
  const timestamp = Math.floor(Date.now() / 1000);
  const headers = {
    'webhook-id': 'one',
    'webhook-timestamp': String(timestamp),
    'webhook-signature': sign([secret], 'one', timestamp, BODY),
  };
  expect(verifier.verify(BODY, headers)).toEqual({ test: 2432232314 });
  for (const changed of [
    { 'webhook-id': 'two' },
    { 'webhook-timestamp': String(timestamp + 1) },
    { 'webhook-signature': sign([deriveSecret(KEY, APP, 2)], 'one', timestamp, BODY) },
  ])
    expect(() => verifier.verify(BODY, { ...headers, ...changed })).toThrow();
  expect(() => verifier.verify(`${BODY} `, headers)).toThrow();
});

test('with two secrets, the official verifier accepts it by either', () => {
  const secrets = [deriveSecret(KEY, APP, 2), deriveSecret(KEY, APP, 1)];
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = sign(secrets, 'one', timestamp, BODY);
  expect(signature).toMatch(/^v1,[A-Za-z0-9+/]{43}= v1,[A-Za-z0-9+/]{43}=$/);
  for (const secret of secrets)
    expect(
      new Webhook(serializeSecret(secret)).verify(BODY, {
        'webhook-id': 'one',
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signature,
      }),
    ).toBeTruthy();
});

test('a secret is of one app, one version and one key, and as long as the specification wants it', () => {
  const secrets = [
    deriveSecret(KEY, APP, 1),
    deriveSecret(KEY, APP, 2),
    deriveSecret(KEY, APP, 12),
    deriveSecret(KEY, `${APP.slice(0, -1)}2`, 1),
    deriveSecret(Buffer.alloc(32, 8), APP, 1),
  ];
  expect(new Set(secrets.map(serializeSecret)).size).toBe(secrets.length);
  for (const secret of secrets) expect(secret).toHaveLength(32); // 24 to 64
  expect(serializeSecret(deriveSecret(KEY, APP, 1))).toBe(
    serializeSecret(deriveSecret(KEY, APP, 1)),
  );
});
