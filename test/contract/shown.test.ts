import { formatSid } from '../../src/apps/app.js';
import { eventually } from '../support/eventually.js';
import { account, app, type Client, type Person, team, verify } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue. Fake: the telephone network (simulator).

const UNKNOWN = '01890a5d-ac96-774b-bcce-b302099a8057';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const next = numbersOf(20261201);
let world: World;
let ann: Person;
let bob: Person;
let carl: Person;
let shop: Client;

beforeAll(async () => {
  world = await World.start();
  [ann, bob, carl] = [
    await account(world, 'Ann', next()),
    await account(world, 'Bob', next()),
    await account(world, 'Carl', next()),
  ];
  for (const one of [ann, bob, carl]) await verify(world, one);
  await team(world, [ann, bob, carl]);
  shop = await app(world, 'Pump shop');
});
afterAll(() => world.close());

describe('a service and a verification of an app', () => {
  const forms = (prefix: 'VA' | 'VE', id: string): string[] => {
    const sid = formatSid(prefix, id);
    return [id, id.toUpperCase(), sid, sid.toUpperCase()];
  };

  test('are known by their sid and by their UUID, and are shown in one form', async () => {
    for (const service of forms('VA', shop.serviceId)) {
      await world.pass(3_600_000);
      const number = next();
      const made = await world.call<{ id: string }>(
        'POST',
        '/v1/verifications',
        { number, service },
        shop,
      );
      expect([service, made.status]).toEqual([service, 201]);
      const [, code] = await world.phones.phone(number).expectSms(/#(\d{6})$/);
      const sid = formatSid('VE', made.body.id);
      const at = `/v2/Services/${service}`;
      expect((await world.call('GET', at, undefined, shop)).body).toMatchObject({
        sid: formatSid('VA', shop.serviceId),
      });
      for (const id of forms('VE', made.body.id)) {
        const own = await world.call('GET', `/v1/verifications/${id}`, undefined, shop);
        expect([id, own.status, own.body['id']]).toEqual([id, 200, made.body.id]);
        const foreign = await world.call('GET', `${at}/Verifications/${id}`, undefined, shop);
        expect([id, foreign.status, foreign.body['sid']]).toEqual([id, 200, sid]);
      }
      const check = await world.call(
        'POST',
        `${at}/VerificationCheck`,
        `VerificationSid=${service === shop.serviceId ? made.body.id : sid.toUpperCase()}&Code=${code as string}`,
        { headers: { ...shop.headers, ...FORM } },
      );
      expect(check.body).toMatchObject({ sid, status: 'approved' });
    }
  });

  test('are not known by the sid of another kind', async () => {
    for (const id of [formatSid('VE', shop.serviceId), formatSid('AC', shop.serviceId), 'VA'])
      expect((await world.call('GET', `/v2/Services/${id}`, undefined, shop)).status).toBe(404);
  });
});

test('a cancel that comes after the right code says that it came too late', async () => {
  await world.pass(3_600_000);
  const number = next();
  const made = await world.call<{ id: string }>('POST', '/v1/verifications', { number }, shop);
  const [, code] = await world.phones.phone(number).expectSms(/#(\d{6})$/);
  const at = `/v1/verifications/${made.body.id}`;
  const answers = await Promise.all([
    world.call('POST', `${at}/check`, { code }, shop),
    ...Array.from({ length: 5 }, () => world.call('POST', `${at}/cancel`, undefined, shop)),
  ]);
  const { body } = await world.call('GET', at, undefined, shop);
  const isApproved = body['state'] === 'approved';
  expect(['approved', 'canceled']).toContain(body['state']);
  for (const { status } of answers.slice(1)) expect(status).toBe(isApproved ? 409 : 200);
  expect(answers[0]?.status).toBe(isApproved ? 200 : 409);
});

describe('lists have pages', () => {
  test.each(['dings', 'conferences'] as const)('%s, each once, the newest first', async (kind) => {
    const make = (i: number) =>
      kind === 'dings'
        ? { recipientIds: [bob.id], text: `No. ${String(i)}`, channel: 'app' }
        : { accountIds: [bob.id, carl.id] };
    const made: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      await world.pass(24 * 3_600_000);
      const one = await world.call<{ id: string }>('POST', `/v1/${kind}`, make(i), ann);
      expect([one.status, one.text]).toEqual([201, one.text]);
      made.unshift(one.body.id);
      if (kind === 'conferences')
        for (const { phone } of [ann, bob, carl]) await (await phone.expectRing()).decline();
      await world.phones.settled();
    }
    const list = async (query: string, who = ann): Promise<string[]> =>
      (
        await world.call<Record<string, { id: string }[]>>(
          'GET',
          `/v1/${kind}${query}`,
          undefined,
          who,
        )
      ).body[kind]?.map(({ id }) => id) ?? [];
    expect(await list('')).toEqual(made);
    expect(await list(`?before=${made[0] as string}`)).toEqual(made.slice(1));
    expect(await list(`?before=${(made[1] as string).toUpperCase()}`)).toEqual(made.slice(2));
    expect(await list(`?before=${made[2] as string}`)).toEqual([]);
    // Before what isn't theirs there is nothing, as before what never was.
    const eve = await account(world, 'Eve', next());
    expect(await list(`?before=${made[0] as string}`, eve)).toEqual([]);
    expect(await list(`?before=${UNKNOWN}`)).toEqual([]);
  });
});

test('nobody is joined in a conference that has ended', async () => {
  await world.pass(24 * 3_600_000);
  type Conference = { id: string; state: string; participants: { presence: string }[] };
  const made = await world.call<Conference>(
    'POST',
    '/v1/conferences',
    { accountIds: [bob.id, carl.id] },
    ann,
  );
  for (const one of [ann, bob]) {
    const call = await one.phone.expectRing({ from: 'withheld' });
    await call.answer();
    await call.press('1');
    await call.expectInRoom();
  }
  await (await carl.phone.expectRing()).decline();
  await world.phones.settled();
  const at = `/v1/conferences/${made.body.id}`;
  const presences = async () =>
    (await world.call<Conference>('GET', at, undefined, ann)).body.participants.map(
      (one) => one.presence,
    );
  await eventually(
    'the room',
    async () => (await presences()).filter((one) => one === 'joined').length === 2,
  );
  // What ending answers is before the carrier has reported that anybody hung up.
  const ended = await world.call<Conference>('POST', `${at}/end`, undefined, ann);
  expect([ended.body.state, ended.body.participants.map((one) => one.presence)]).toEqual([
    'ended',
    ['away', 'away', 'away'],
  ]);
  await world.phones.settled();
});
