import { spawn } from 'node:child_process';
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { HERE, numbers } from './servers.mjs';

const [CODE, WRONG_CODE] = ['314159', '271828'];

// What is asked -----------------------------------------------------------------------------------------------------

const json = (path, body, headers, isRight) => {
  const text = JSON.stringify(body);
  return { path, body: text, headers: { 'content-type': 'application/json', ...headers }, isRight };
};

/** Rows by the thousand, so that writing them takes no longer than using them. */
async function inBatches(count, write) {
  for (let from = 0; from < count; from += 5_000) await write(Math.min(5_000, count - from));
}

export function suppliesOfOurs({ owner, app, pepper }) {
  const number = numbers();
  const keyed = createHmac('sha256', pepper).update(CODE).digest();
  let asked = 0;
  /** Each request is about a user at an address of their own. */
  const address = () => {
    asked += 1;
    return `10.${(asked >> 16) & 255}.${(asked >> 8) & 255}.${asked & 255}`;
  };

  return async (kind, count) => {
    if (kind === 'start')
      return () =>
        json(
          '/v1/verifications',
          { number: number.next().value, address: address() },
          app.headers,
          (status) => status === 201,
        );
    const pending = [];
    await inBatches(count, async (size) => {
      const ids = Array.from({ length: size }, () => randomUUID());
      pending.push(...ids);
      const random = (bytes) => ids.map(() => randomBytes(bytes));
      const limiterIndexes = random(32);
      // As the worker leaves them: the number was opened once, the SMS is with the carrier.
      await owner.query(
        'INSERT INTO numbers (id, sealed, number_index, created_at) SELECT id, sealed, index, now() FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) AS n (id, sealed, index)',
        [ids, random(61), random(32)],
      );
      await owner.query(
        "INSERT INTO limits (key, hits, expires_at) SELECT key, ARRAY[now()], now() + interval '1 day' FROM unnest($1::bytea[]) AS key",
        [limiterIndexes],
      );
      await owner.query(
        `
        INSERT INTO verifications (
          id, service_id, number_ref, limiter_index, country, prefix_key, language, state,
          sends, sms_sends, first_sms_at, last_sms_at, created_at, expires_at
        )
        SELECT
          id, $2, id, index, 'US', prefix, 'en', 'pending', 1, 1, now(), now(), now(),
          now() + interval '1 hour'
        FROM unnest($1::uuid[], $3::bytea[], $4::bytea[]) AS v (id, index, prefix)
        `,
        [ids, app.service, limiterIndexes, random(32)],
      );
      await owner.query(
        'INSERT INTO codes (verification_id, sealed, hash) SELECT id, sealed, sha256(bound) FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) AS c (id, sealed, bound)',
        [ids, random(61), ids.map((id) => createHmac('sha256', keyed).update(id).digest())],
      );
      await owner.query(
        `
        INSERT INTO handoffs (
          id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, delivery,
          attempts, not_before, not_after, created_at, settled_at
        )
        SELECT
          gen_random_uuid(), 'verification', 'sms', 'deliver', id, $2, id, 'en', 'accepted',
          'delivered', 1, now(), now() + interval '1 hour', now(), now()
        FROM unnest($1::uuid[]) AS id
        `,
        [ids, app.id],
      );
    });
    const [code, isCorrect] =
      kind === 'check' ? [CODE, '"isCorrect":true'] : [WRONG_CODE, '"isCorrect":false'];
    return () => {
      const id = pending.pop();
      return (
        id &&
        json(
          `/v1/verifications/${id}/check`,
          { code, address: address() },
          app.headers,
          (status, body) => status === 200 && body.includes(isCorrect),
        )
      );
    };
  };
}

export function suppliesOfPeer({ owner }) {
  const number = numbers();
  return async (kind, count) => {
    if (kind === 'start')
      return () =>
        json(
          '/api/auth/phone-number/send-otp',
          { phoneNumber: number.next().value },
          {},
          (status) => status === 200,
        );
    const pending = [];
    await inBatches(count, async (size) => {
      const made = Array.from({ length: size }, () => number.next().value);
      pending.push(...made);
      await owner.query(
        `
          INSERT INTO verification (id, identifier, value, "expiresAt", "createdAt", "updatedAt")
          SELECT
            gen_random_uuid(), 'phone-number-otp-' || number, $2, now() + interval '1 hour', now(),
            now()
          FROM unnest($1::text[]) AS number
        `,
        [made, `${CODE}:0`],
      );
    });
    const [code, right] = kind === 'check' ? [CODE, 200] : [WRONG_CODE, 400];
    return () => {
      const phoneNumber = pending.pop();
      return (
        phoneNumber &&
        json(
          '/api/auth/phone-number/verify',
          { phoneNumber, code },
          {},
          (status, body) => status === right && (right !== 200 || body.includes('"token":"')),
        )
      );
    };
  };
}

// The peer's packages -----------------------------------------------------------------------------------------------

export const peerVersion = async (folder = 'node_modules/better-auth') =>
  JSON.parse(await readFile(path.join(HERE, folder, 'package.json'), 'utf8')).version;

/** Not among the product's own: whoever never runs this benchmark doesn't have them. */
export async function installPeers(say) {
  const { dependencies } = JSON.parse(await readFile(path.join(HERE, 'package.json'), 'utf8'));
  if ((await peerVersion().catch(() => undefined)) === dependencies['better-auth']) return;
  say('installing what is measured beside ours, in test/bench (npm ci --prefix test/bench)');
  const npm = spawn(
    'npm',
    [
      'ci',
      '--prefix',
      path.relative(process.cwd(), HERE) || '.',
      '--no-audit',
      '--no-fund',
      '--loglevel',
      'error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' },
  );
  const [code] = await once(npm, 'exit');
  if (code !== 0) throw new Error('npm ci --prefix test/bench failed');
}
