import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import { LOGINS, urlFor } from '../../src/embedded/databases.js';
import { migrate } from '../../src/kernel/migrate.js';
import { Redacted } from '../../src/kernel/redacted.js';
import { PhoneNumber } from '../../src/plaintext/phone-number.js';
import { SealingEpoch } from '../../src/plaintext/vault/epoch.js';
import { NumberIndex } from '../../src/plaintext/vault/number-index.js';
import { BOUNDS } from '../support/guess-settings.js';
import { numbersOf } from '../support/numbers.js';
import { OldDatabase } from '../support/old-database.js';
import { PASSWORDS } from '../support/postgres.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP by their own logins, on a database as it was when `api` compared passwords and codes
// itself, with what was sealed then; the queue. Fake: the telephone network (simulator).

const next = numbersOf(87);
const PASSWORD = 'four quiet green pumps';
const token = randomBytes(32).toString('base64url');
const people = ['Ann', 'Bob'].map((name) => ({ name, id: randomUUID(), number: next() }));
const [ann, bob] = people as [(typeof people)[0], (typeof people)[0]];
let old: OldDatabase;
let world: World;

/** What the version of then had written of two people who share a team, and have proved their numbers. */
async function fill(env: Record<string, string>): Promise<void> {
  const { owner } = old;
  const key = (name: string): Buffer => Buffer.from(env[name] ?? '', 'base64url');
  const epoch = await SealingEpoch.make(key('VAULT_PUBLIC_KEY'), Date.now());
  const index = new NumberIndex(new Redacted(key('NUMBER_INDEX_KEY')));
  const teamId = randomUUID();
  await owner.query(
    'INSERT INTO epochs (id, key_version, enc, opened_at) VALUES ($1, $2, $3, now())',
    [epoch.id, epoch.keyVersion, epoch.enc],
  );
  await owner.query(
    `INSERT INTO teams (id, name, invite_hash, created_at) VALUES ($1, 'Night shift', $2, now())`,
    [teamId, randomBytes(32)],
  );
  const stored = await hash(PASSWORD);
  for (const { id, name, number } of people) {
    const ref = randomUUID();
    const numberIndex = index.compute(PhoneNumber.parse(number) as PhoneNumber);
    const sealed = epoch.seal(ref, 'number', Buffer.from(number), Date.now());
    await owner.query(
      `
        INSERT INTO accounts (id, login, password_hash, name, language, created_at)
        VALUES ($1, lower($2), $3, $2, 'en', now())
      `,
      [id, name, stored],
    );
    await owner.query(
      'INSERT INTO numbers (id, sealed, number_index, created_at) VALUES ($1, $2, $3, now())',
      [ref, sealed, numberIndex],
    );
    await owner.query(
      `
        INSERT INTO account_numbers (account_id, number_ref, number_index, verified_at)
        VALUES ($1, $2, $3, now() - interval '30 days')
      `,
      [id, ref, numberIndex],
    );
    await owner.query(
      `INSERT INTO team_members (team_id, account_id, role, joined_at) VALUES ($1, $2, 'member', now())`,
      [teamId, id],
    );
    await owner.query(
      `
        INSERT INTO consent_events (account_id, team_id, purpose, action, version, text_sha256, language, at)
        VALUES ($1, $2, 'ring', 'granted', '1', $3, 'en', now())
      `,
      [id, teamId, randomBytes(32)],
    );
  }
  await owner.query(
    `
      INSERT INTO sessions (id, account_id, token_hash, kind, created_at, expires_at)
      VALUES ($1, $2, $3, 'bearer', now(), now() + interval '1 day')
    `,
    [randomUUID(), ann.id, createHash('sha256').update(token).digest()],
  );
}

beforeAll(async () => {
  world = await World.start({
    at: new Date(),
    wire: async (env) => {
      old = await OldDatabase.create('0013');
      await fill(env);
      await migrate(old.ownerUrl, BOUNDS);
      for (const role of ['api', 'ingress', 'worker'] as const)
        env[`${role.toUpperCase()}_DATABASE_URL`] = urlFor(
          old.ownerUrl,
          LOGINS[role],
          PASSWORDS[role],
        );
    },
  });
});
afterAll(async () => {
  await world.close();
  await old.drop();
});

test('a number that was proved before rings and is shown, for whoever was signed in or signs in now', async () => {
  const { body } = await world.call<{ id: string }>(
    'POST',
    '/v1/dings',
    { recipientIds: [bob.id], text: 'the cellar is under water', channel: 'voice' },
    { token },
  );
  const ring = await world.phones.phone(bob.number).expectRing();
  await ring.answer();
  await ring.expectSaid(/cellar/);

  const signedIn = await world.call<{ token: string }>('POST', '/v1/sessions', {
    login: 'bob',
    password: PASSWORD,
  });
  expect(signedIn.status).toBe(201);
  const { body: me } = await world.call('GET', '/v1/me', undefined, signedIn.body);
  expect(me).toMatchObject({ number: { mustProveAgain: null } });
  await world.phones.settled();
  expect(
    (await world.call('GET', `/v1/dings/${body.id}/caller-id`, undefined, signedIn.body)).body,
  ).toMatchObject({ callerIds: [{ number: ann.number }] });
  await ring.press('1');
  await ring.expectSaid(/confirmed/);
  await world.phones.settled();
  expect(
    (await world.call('GET', `/v1/dings/${body.id}`, undefined, { token })).body,
  ).toMatchObject({ state: 'ended', recipients: [{ confirmedBy: 'voice' }] });
});
