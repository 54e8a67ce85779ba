import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RoleApp } from '../../src/kernel/http-app.js';
import { startCommand } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import { account, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { countLeft } from '../support/stored.js';
import { workerKnows } from '../support/worker-rules.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL by their own logins, the queue, the operator's command as a process, the
// file on a disk. Fake: the telephone network (simulator).

const CODE = /#(\d{6})$/;
const next = numbersOf(21);

interface Started {
  id: string;
  code?: string;
  next?: object;
}

const submit = (world: World, who: Person, number: string, headers: Record<string, string> = {}) =>
  world.call<Started>('POST', '/v1/verifications', { number }, { token: who.token, headers });
/** 201, or the code of the problem. */
async function verdict(world: World, who: Person, number: string): Promise<string> {
  const { status, body } = await submit(world, who, number);
  return status === 201 ? '201' : String(body.code);
}

/** Asks until the prefix is refused; until then there is one verification, and one SMS comes of it. */
async function isDenied(world: World, who: Person, number: string): Promise<void> {
  let isSent = false;
  await eventually('the prefix is denied', async () => {
    const code = await verdict(world, who, number);
    isSent ||= code === '201';
    return code === 'PREFIX_REFUSED';
  });
  if (!isSent) return;
  // The worker may have heard of it first: then nothing is handed over.
  const newest = (): Promise<{ state: string }[]> =>
    world.rows('SELECT state FROM handoffs ORDER BY created_at DESC, id DESC LIMIT 1');
  await eventually('it is settled', async () =>
    ['accepted', 'rejected'].includes((await newest())[0]?.state ?? ''),
  );
  if ((await newest())[0]?.state === 'accepted') await world.phones.phone(number).expectSms(CODE);
}

describe('a number that the policy refuses', () => {
  let world: World;
  let ann: Person;
  beforeAll(async () => {
    world = await World.start({ env: { NUMBER_COUNTRIES: 'US,GB,CH,MF' } });
    ann = await account(world, 'Ann', next());
    await world.rows(
      `INSERT INTO denied_prefixes (prefix, reason, since) VALUES ('+1617', 'pumping', now())`,
    );
    await isDenied(world, ann, '+16175550123');
  });
  afterAll(() => world.close());

  test('a country of the list that lets no mobile in is named once, as everything boots', () => {
    expect(world.logs.filter((line) => line.includes('countries_unmatched'))).toEqual([
      expect.stringContaining('MF (GP)'),
    ]);
  });

  test.each([
    ['premium rate', '+41900123456', 403, 'NUMBER_TYPE_REFUSED'],
    ['shared cost', '+41840123456', 403, 'NUMBER_TYPE_REFUSED'],
    ['a pager', '+41742123456', 403, 'NUMBER_TYPE_REFUSED'],
    ["a company's", '+41581234567', 403, 'NUMBER_TYPE_REFUSED'],
    ['a voicemail', '+41860123456789', 403, 'NUMBER_TYPE_REFUSED'],
    ['toll free', '+18005550199', 403, 'NUMBER_TYPE_REFUSED'],
    ["a satellite's", '+881612345678', 403, 'NUMBER_TYPE_REFUSED'],
    ['of another country', '+8613800138000', 403, 'COUNTRY_REFUSED'],
    ['of another country of the same calling code', '+14165550123', 403, 'COUNTRY_REFUSED'],
    ['of a denied prefix', '+16178340123', 403, 'PREFIX_REFUSED'],
    ['a fixed line, by SMS', '+442071838750', 409, 'VOICE_ONLY'],
  ])(
    '%s: leaves no row anywhere, also none that would count or be found again',
    async (_, number, status, code) => {
      const before = await countLeft(world);
      const answer = await submit(world, ann, number, { 'idempotency-key': `key-of-${code}` });
      expect(answer).toMatchObject({
        status,
        body: { code, ...(code === 'VOICE_ONLY' ? { next: { channel: 'voice' } } : {}) },
      });
      expect(answer.text).not.toContain(number.slice(-6));
      expect(await countLeft(world)).toEqual(before);
    },
  );

  test('is refused alike whether somebody proved it before or nobody did', async () => {
    const bob = await account(world, 'Bob', '+12028340111');
    const { body } = await submit(world, bob, bob.number);
    const [, code] = await bob.phone.expectSms(CODE);
    expect(
      (await world.call('POST', `/v1/verifications/${body.id}/check`, { code }, bob)).body,
    ).toMatchObject({ state: 'approved' });
    await world.rows(
      `INSERT INTO denied_prefixes (prefix, reason, since) VALUES ('+120283401', 'x', now())`,
    );
    await isDenied(world, ann, '+12028340112');
    const [known, unknown] = [
      await submit(world, ann, '+12028340111'),
      await submit(world, ann, '+12028340113'),
    ];
    const plain = (text: string) => text.replace(/urn:uuid:[\w-]+/, '');
    expect(known.status).toBe(403);
    expect(plain(known.text)).toBe(plain(unknown.text));
  });

  test('a mobile of an allowed country goes on as ever', async () => {
    const number = '+447400123456';
    expect(await verdict(world, ann, number)).toBe('201');
    await world.phones.phone(number).expectSms(CODE);
  });
});

describe('prefixes that an operator denies while everything runs', () => {
  let world: World;
  let ann: Person;
  let folder: string;
  const deny = async (...words: string[]) => {
    const env = { DATABASE_URL: world.database.ownerUrl };
    const { status, out, err } = await startCommand(['deny', ...words], env);
    return { code: status, text: out + err };
  };
  const write = async (text: string): Promise<void> => {
    await writeFile(path.join(folder, 'new'), text);
    await rename(path.join(folder, 'new'), path.join(folder, 'deny'));
  };
  const until = (holds: () => boolean) =>
    eventually('it is logged', () => Promise.resolve(holds()));
  const logged = (event: string) =>
    world.logs.filter((line) => line.includes(`"${event}"`) && line.includes('"role":"api"'));

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'deny-'));
    // What is in force is seen by asking for codes, again and again.
    const env = { NUMBER_DENY_FILE: path.join(folder, 'deny'), SENDS_PER_ADDRESS_A_MINUTE: '1000' };
    world = await World.start({ env });
    ann = await account(world, 'Ann', next());
  });
  afterAll(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  test("before the file was ever read no number is taken; then all that it doesn't name", async () => {
    expect(await submit(world, ann, '+12028340123')).toMatchObject({
      status: 503,
      body: { code: 'UNAVAILABLE' },
    });
    await write('+44\nnot a prefix: +12028340123\n');
    await until(() => logged('deny_file_refused').length === 2);
    expect(await verdict(world, ann, '+12028340123')).toBe('UNAVAILABLE');
    await write('+44 # all of Britain\n');
    await isDenied(world, ann, '+447400123456');
    await workerKnows(world, (denied) => denied.includes('+44'));
    expect(await verdict(world, ann, '+12028340123')).toBe('201');
    await world.phones.phone('+12028340123').expectSms(CODE);
  });

  test('the file is read again when it changes; a malformed one, and one that is gone, leave the last good one in force', async () => {
    await write('+86');
    await isDenied(world, ann, '+8613800138000');
    const number = '+447400123457';
    await workerKnows(world, (denied) => denied.includes('+86'));
    expect(await verdict(world, ann, number)).toBe('201');
    await world.phones.phone(number).expectSms(CODE);
    const told = logged('deny_file_refused').length;
    await write('+49\n+4477+1\n');
    await until(() => logged('deny_file_refused').length === told + 1);
    expect(await verdict(world, ann, '+8613800138000')).toBe('PREFIX_REFUSED');
    await rm(path.join(folder, 'deny'));
    await until(() => logged('deny_file_refused').length === told + 2);
    expect(await verdict(world, ann, '+8613800138000')).toBe('PREFIX_REFUSED');
    expect(world.logs.join('')).not.toMatch(/\+4477|not a prefix|\+12028340123/);
    await write('');
    await workerKnows(world, (denied) => denied.length === 0);
    await eventually(
      'the rules are in force',
      async () => (await verdict(world, ann, '+8613800138001')) === '201',
    );
    await world.phones.phone('+8613800138001').expectSms(CODE);
  });

  test('the command denies in all processes of api, lists, and lets go again', async () => {
    const [first, url] = [world.apps.get('api'), world.urls.get('api')] as [RoleApp, string];
    await world.boot('api'); // a second one beside it
    expect(await deny('list')).toEqual({ code: 0, text: 'nothing is denied\n' });
    expect(await deny('add', '+49151', 'pumping', 'since noon')).toEqual({
      code: 0,
      text: '+49151: denied\n',
    });
    await isDenied(world, ann, '+4915123456789');
    const second = world.urls.get('api') as string;
    world.urls.set('api', url);
    await isDenied(world, ann, '+4915123456788');
    expect((await deny('list')).text).toMatch(
      /^\+49151: denied since \S+Z \(pumping since noon\)\n$/,
    );
    expect(await deny('remove', '+49151')).toEqual({
      code: 0,
      text: '+49151: not denied any more\n',
    });
    expect(await deny('remove', '+49151')).toEqual({ code: 0, text: '+49151: was not denied\n' });
    await workerKnows(world, (denied) => denied.length === 0);
    // While the denial was on its way Ann may have asked for as many codes as one may, and one address in a minute.
    await world.pass(61_000);
    const allowed = [
      [second, '+4915123456780'],
      [url, '+4915123456781'],
    ] as const;
    for (const [one, number] of allowed) {
      world.urls.set('api', one);
      const somebody = await account(world, 'Somebody', next());
      await eventually(
        'the rules are in force',
        async () => (await verdict(world, somebody, number)) === '201',
      );
    }
    await world.stop('api');
    world.apps.set('api', first);
    world.urls.set('api', url);
    for (const [, number] of allowed) await world.phones.phone(number).expectSms(CODE);
  });

  test.each([
    ['a whole number', ['add', '+12028340199', 'x']],
    ['a whole number of ten digits', ['add', '+3544101000', 'x']],
    ['eleven digits', ['add', '+88170000000', 'x']],
    ['no plus', ['add', '8817', 'x']],
    ['SQL', ['add', "+1'; DROP TABLE numbers; --", 'x']],
    ['no reason', ['add', '+8817']],
    ['too long a reason', ['add', '+8817', 'x'.repeat(201)]],
    ['another verb', ['drop', '+8817']],
    ['nothing', []],
  ])('the command refuses %s, says nothing of it back, and changes nothing', async (_, words) => {
    const { code, text } = await deny(...words);
    expect(code).toBe(2);
    expect(text).toContain('nothing was changed');
    for (const word of words.filter((one) => one.length > 6)) expect(text).not.toContain(word);
    expect(await world.rows('SELECT 1 FROM denied_prefixes')).toEqual([]);
  });

  test('no role may write the list, and the database takes no whole number', async () => {
    const insert = (prefix: string) =>
      world.rows(
        `INSERT INTO denied_prefixes (prefix, reason, since) VALUES ('${prefix}', 'x', now())`,
      );
    await expect(insert('+12028340199')).rejects.toThrow(/check constraint/);
    const grants = await world.rows<{ grantee: string; privilege_type: string }>(
      `
        SELECT grantee, privilege_type
        FROM information_schema.role_table_grants
        WHERE table_name = 'denied_prefixes' AND grantee LIKE 'dingline_%'
      `,
    );
    expect(
      grants
        .filter(({ grantee }) => /_(api|ingress|worker)$/.test(grantee))
        .map(({ grantee, privilege_type }) => `${grantee} ${privilege_type}`),
    ).toEqual(['dingline_api SELECT', 'dingline_worker SELECT']);
  });
});
