import { eventually } from '../support/eventually.js';
import { account, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone network (simulator),
// which recognises the machine at once and says so late.

interface Body {
  id: string;
  state: string;
  recipients: {
    confirmedAt: string | null;
    confirmedBy: string | null;
    isDoubted: boolean;
    leg: { heardMachine: boolean } | null;
    notifications: { channel: string; state: string; because: string | null }[];
  }[];
}

const LINK = /https:\/\/dingline\.example\/c#(\S+)/;

describe('a machine that the carrier recognises after it has pressed 1', () => {
  const next = numbersOf(55);
  let world: World;
  let ann: Person;
  let bob: Person;

  const read = async (id: string) =>
    (await world.call<Body>('GET', `/v1/dings/${id}`, undefined, ann)).body;
  /** A Ding that a machine confirms, and that is over before the carrier says what it was. */
  const confirmByMachine = async (): Promise<string> => {
    await bob.phone.trouble({ kind: 'callbacks-late', ms: 6_000, events: ['detection'] });
    await bob.phone.trouble({
      kind: 'voicemail',
      ringMs: 0,
      detectedAfterMs: 0,
      tones: [{ key: '1', on: 'gather' }],
    });
    const { body } = await world.call<Body>(
      'POST',
      '/v1/dings',
      { recipientIds: [bob.id], text: 'The pump has stopped.' },
      ann,
    );
    const ring = await bob.phone.expectRing();
    await ring.expectEnded('completed');
    await eventually('it is over', async () => {
      const { state, recipients } = await read(body.id);
      return state === 'ended' && recipients[0]?.confirmedBy === 'voice';
    });
    expect((await read(body.id)).recipients[0]).toMatchObject({
      isDoubted: false,
      notifications: [],
    });
    return body.id;
  };

  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    await world.pass(3_600_000);
    [ann, bob] = [await account(world, 'Ann', next()), await account(world, 'Bob', next())];
    for (const one of [ann, bob]) await verify(world, one);
    await team(world, [ann, bob]);
  });
  afterEach(() => world.phones.clearTroubles());

  test('leaves its confirmation in doubt, and the SMS follows, by which the person confirms for certain', async () => {
    const id = await confirmByMachine();
    const [, token] = await bob.phone.expectSms(LINK);
    expect((await read(id)).recipients[0]).toMatchObject({
      confirmedBy: 'voice',
      isDoubted: true,
      leg: { heardMachine: true },
      notifications: [{ channel: 'sms', because: 'machine' }],
    });
    const events = await world.rows<{ kind: string }>(
      "SELECT event::json->>'kind' AS kind FROM call_events WHERE call_id = $1",
      [id],
    );
    expect(events.map(({ kind }) => kind)).toContain('ding.doubted');
    const opened = await world.call('POST', '/v1/ding-links/read', { token });
    expect(opened.body).toMatchObject({ state: 'open', text: 'The pump has stopped.' });
    const confirmed = await world.call('POST', '/v1/ding-links/confirm', { token });
    expect(confirmed.body).toEqual({ state: 'confirmed' });
    const again = await world.call('POST', '/v1/ding-links/confirm', { token });
    expect(again.body).toEqual({ state: 'already_confirmed' });
    const done = await read(id);
    expect(done.state).toBe('ended');
    expect(done.recipients[0]).toMatchObject({ confirmedBy: 'link', isDoubted: false });
    expect(await world.rows('SELECT FROM presentations WHERE call_id = $1', [id])).toEqual([]);
  });

  test('is made good in the app, too', async () => {
    const id = await confirmByMachine();
    const [, token] = await bob.phone.expectSms(LINK);
    expect((await world.call('POST', `/v1/dings/${id}/confirm`, undefined, bob)).status).toBe(200);
    expect((await read(id)).recipients[0]).toMatchObject({ confirmedBy: 'app', isDoubted: false });
    const opened = await world.call('POST', '/v1/ding-links/read', { token });
    expect(opened.body).toMatchObject({ state: 'already_confirmed' });
  });
});
