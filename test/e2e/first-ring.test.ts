import { account, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { askCallerIds, sealed } from '../support/shown.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone network (simulator).

interface DingBody {
  id: string;
  state: string;
  endReason: string | null;
  recipients: {
    confirmedAt: string | null;
    stoppedAt: string | null;
    leg: { state: string; reason: string | null; heardMachine: boolean; ringsAt: string | null };
  }[];
}

describe('the first ring', () => {
  let world: World;
  let ann: Person;
  let bob: Person;
  let eve: Person;
  const ding = (text = 'The pump in hall 3 has stopped.') =>
    world.call<DingBody>('POST', '/v1/dings', { recipientIds: [bob.id], text }, ann);
  const read = async (who: Person, id: string) =>
    (await world.call<DingBody>('GET', `/v1/dings/${id}`, undefined, who)).body;
  const callerId = (who: Person, id: string) => askCallerIds(world, who, `dings/${id}`);

  beforeEach(async () => {
    world = await World.start();
    const next = numbersOf(20261123);
    ann = await account(world, 'Ann', next());
    bob = await account(world, 'Bob', next());
    eve = await account(world, 'Eve', next());
    await verify(world, ann);
    await verify(world, bob);
    await team(world, [ann, bob]);
  });
  afterEach(() => world.close());

  test('a Ding rings, is spoken, is confirmed by key 1, and shows its caller ID to the one who was called while it lasts (D5a, D5b, D5c)', async () => {
    const { status, body } = await ding();
    expect(status).toBe(201);
    const ring = await bob.phone.expectRing({ from: 'withheld' });
    await world.phones.settled();
    expect((await read(ann, body.id)).recipients[0]?.leg.state).toBe('ringing');
    await sealed(world);
    expect((await callerId(bob, body.id)).body.callerIds[0]?.number).toBe(ann.number);
    const strangers = await Promise.all([
      callerId(ann, body.id),
      callerId(eve, body.id),
      callerId(bob, '00000000-0000-4000-8000-000000000000'),
    ]);
    expect(strangers.map((answer) => answer.status)).toEqual([404, 404, 404]);
    expect(new Set(strangers.map((answer) => answer.text)).size).toBe(1);

    await ring.answer();
    await ring.expectSaid(/urgent message from Ann/);
    await ring.expectSaid(/^The pump in hall 3 has stopped\.$/);
    await ring.expectSaid(/press 1/);
    await ring.press('1');
    await ring.expectSaid(/You have confirmed/);
    await ring.expectEnded('completed');
    await world.phones.settled();

    const after = await read(ann, body.id);
    expect(after).toMatchObject({
      state: 'ended',
      endReason: 'finished',
      recipients: [{ leg: { state: 'ended', reason: 'hung_up' } }],
    });
    expect(after.recipients[0]?.confirmedAt).not.toBeNull();
    expect(await read(bob, body.id)).toMatchObject({ role: 'recipient', state: 'ended' });
    expect((await callerId(bob, body.id)).text).toBe(strangers[0]?.text);
    expect(await world.rows('SELECT * FROM presentations')).toEqual([]);

    const ledger = await world.call<{ entries: { body: string }[] }>(
      'GET',
      '/v1/ledger',
      undefined,
      ann,
    );
    const entries = ledger.body.entries.map(
      (entry) => JSON.parse(entry.body) as { basis: string; recipient: string },
    );
    expect(
      entries.map(({ basis, recipient }) => `${basis} ${recipient.replace(/:[0-9a-f-]{36}$/, '')}`),
    ).toEqual(['D5c account', 'D5c participants', 'D5b carrier:twilio']);
    expect(entries[0]?.recipient).toBe(`account:${bob.id}`);
  });

  test('a recalled Ding is hung up while it rings, and shows nothing from then on', async () => {
    const { body } = await ding();
    const ring = await bob.phone.expectRing();
    await world.phones.settled();
    const recalled = await world.call<DingBody>(
      'POST',
      `/v1/dings/${body.id}/recall`,
      undefined,
      ann,
    );
    expect(recalled.body).toMatchObject({ state: 'ended', endReason: 'recalled' });
    expect((await callerId(bob, body.id)).status).toBe(404);
    await ring.expectEnded('canceled');
    expect((await world.call('POST', `/v1/dings/${body.id}/recall`, undefined, bob)).status).toBe(
      404,
    );
  });
});
