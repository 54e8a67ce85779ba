import { createHash, randomBytes } from 'node:crypto';
import { digestSecret, formatSid } from '../../src/apps/app.js';
import { newId } from '../../src/kernel/ids.js';
import type { Language } from '../../src/texts/catalogue.js';
import type { Phone } from './phone.js';
import type { World } from './world.js';

export interface Person {
  id: string;
  name: string;
  login: string;
  token: string;
  number: string;
  phone: Phone;
}

export const PASSWORD = 'correct horse battery staple';

/** Someone who has signed up and signed in, with a phone in their pocket that isn't verified yet. */
export async function account(
  world: World,
  name: string,
  number: string,
  language: Language = 'en',
): Promise<Person> {
  const login = `${name.toLowerCase().replace(/[^a-z]/g, '') || 'person'}-${randomBytes(4).toString('hex')}`;
  const created = await world.call<{ id: string }>('POST', '/v1/accounts', {
    login,
    password: PASSWORD,
    name,
    language,
  });
  if (created.status !== 201) throw new Error(`no account: ${created.text}`);
  const session = await world.call<{ token: string }>('POST', '/v1/sessions', {
    login,
    password: PASSWORD,
  });
  if (session.status !== 201) throw new Error(`no session: ${session.text}`);
  return {
    id: created.body.id,
    name,
    login,
    token: session.body.token,
    number,
    phone: world.phones.phone(number),
  };
}

export type Someone = Pick<Person, 'id' | 'token'>;

/** People who are signed in, past the limits of sign-ups. They have no password. */
export async function crowd(
  world: Pick<World, 'rows' | 'clock'>,
  size: number,
): Promise<[Someone, ...Someone[]]> {
  const people = Array.from({ length: size }, () => ({
    id: newId(),
    token: randomBytes(32).toString('base64url'),
  }));
  const at = world.clock.now();
  for (const { id, token } of people) {
    await world.rows(
      `
        INSERT INTO accounts (id, login, name, language, created_at)
        VALUES ($1, $1::uuid::text, 'Eve', 'en', $2)
      `,
      [id, at],
    );
    await world.rows(
      `
        INSERT INTO sessions (id, account_id, token_hash, kind, created_at, expires_at)
        VALUES ($1, $2, sha256($3), 'bearer', $4, $4::timestamptz + interval '30 days')
      `,
      [newId(), id, createHash('sha256').update(token).digest(), at],
    );
  }
  return people as [Someone, ...Someone[]];
}

/** Proves the person's number by the code that their phone gets. */
export async function verify(world: World, person: Person): Promise<void> {
  const started = await world.call<{ id: string }>(
    'POST',
    '/v1/verifications',
    { number: person.number },
    person,
  );
  if (started.status !== 201) throw new Error(`no verification: ${started.text}`);
  const [, code] = await person.phone.expectSms(/#(\d{6})$/);
  const checked = await world.call<{ state: string }>(
    'POST',
    `/v1/verifications/${started.body.id}/check`,
    { code },
    person,
  );
  if (checked.body.state !== 'approved') throw new Error(`not approved: ${checked.text}`);
}

/** A team of these people, the first its owner; all but the first agree to be rung, and called into conferences. */
export async function team(
  world: World,
  [owner, ...others]: [Person, ...Person[]],
  how: { withConsent?: boolean } = {},
): Promise<string> {
  const made = await world.call<{ id: string; inviteCode: string }>(
    'POST',
    '/v1/teams',
    { name: 'Night shift' },
    owner,
  );
  if (made.status !== 201) throw new Error(`no team: ${made.text}`);
  for (const person of others) {
    const joined = await world.call(
      'POST',
      '/v1/teams/join',
      { inviteCode: made.body.inviteCode },
      person,
    );
    if (joined.status >= 300) throw new Error(`not joined: ${joined.text}`);
    if (how.withConsent !== false) await consent(world, person, made.body.id);
  }
  return made.body.id;
}

export async function consent(
  world: World,
  person: Person,
  teamId: string,
  purposes: readonly ('ring' | 'conference')[] = ['ring', 'conference'],
): Promise<void> {
  for (const purpose of purposes) {
    const { body } = await world.call<{ version: string }>(
      'GET',
      `/v1/consents/${purpose}`,
      undefined,
      person,
    );
    const put = await world.call(
      'PUT',
      `/v1/teams/${teamId}/consent`,
      { purpose, version: body.version },
      person,
    );
    if (put.status >= 300) throw new Error(`no consent: ${put.text}`);
  }
}

export interface Client {
  id: string;
  sid: string;
  secret: string;
  /** Of its default service. */
  serviceId: string;
  /** Signs a request in: `world.call(method, path, body, client)`. */
  headers: { authorization: string };
}

export const basic = (sid: string, secret: string): { authorization: string } => ({
  authorization: `Basic ${Buffer.from(`${sid}:${secret}`).toString('base64')}`,
});

/** An app, as `npm run apps` makes one, that may ask at once. */
export async function app(
  world: Pick<World, 'rows' | 'clock'>,
  name: string,
  how: { countries?: string[]; serviceName?: string } = {},
): Promise<Client> {
  const [id, serviceId, secret, now] = [
    newId(),
    newId(),
    randomBytes(32).toString('base64url'),
    world.clock.now(),
  ];
  await world.rows('INSERT INTO apps (id, name, countries, created_at) VALUES ($1, $2, $3, $4)', [
    id,
    name,
    how.countries ?? [],
    now,
  ]);
  await world.rows(
    'INSERT INTO verify_services (id, app_id, is_default, name, created_at) VALUES ($1, $2, true, $3, $4)',
    [serviceId, id, how.serviceName ?? name, now],
  );
  await world.rows(
    'INSERT INTO app_secrets (secret_hash, app_id, created_at) VALUES (sha256($1), $2, $3)',
    [digestSecret(secret), id, now],
  );
  const sid = formatSid('AC', id);
  return { id, sid, secret, serviceId, headers: basic(sid, secret) };
}
