import { Cuttable } from '../support/cuttable.js';
import { eventually } from '../support/eventually.js';
import { account, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World, type WorldOptions } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK, and the cable by which the public address
// of `ingress` is reached, which is cut. Fake: the telephone network (simulator), and the time, which the test moves.

interface Leg {
  state: string;
  reason: string | null;
  ringsAt: string | null;
}
interface Ding {
  id: string;
  state: string;
  recipients: { leg: Leg | null; notifications: { channel: string; because: string | null }[] }[];
}
interface Conference {
  id: string;
  state: string;
  participants: { accountId: string; presence: string; reason: string | null }[];
}
interface Verification {
  id: string;
  state: string;
  delivery: { channel: string; state: string; reason: string | null } | null;
  next: { voiceAt: string | null; smsAt: string | null };
}
interface Line {
  event: string;
  level: string;
  reason?: string;
  part?: string;
  host?: string;
}

const next = numbersOf(20261207);
let world: World;
let cable: Cuttable;
let ann: Person;
let bob: Person;
let carl: Person;
let eve: Person;

const begin = async (options: WorldOptions = {}): Promise<void> => {
  world = await World.start({
    wire: async (env) => {
      cable = await Cuttable.before(env['INGRESS_PUBLIC_URL'] ?? '');
      env['INGRESS_PUBLIC_URL'] = cable.url;
    },
    ...options,
  });
  [ann, bob, carl, eve] = [
    await account(world, 'Ann', next()),
    await account(world, 'Bob', next()),
    await account(world, 'Carl', next()),
    await account(world, 'Eve', next()),
  ];
  for (const one of [ann, bob, carl]) await verify(world, one);
  await team(world, [ann, bob, carl]);
};
afterEach(async () => {
  await world.close();
  await cable.cut();
});

const lines = (event: string): Line[] =>
  world.logs
    .filter((line) => line.includes(`"event":"${event}"`))
    .map((line) => JSON.parse(line) as Line);
const logged = (event: string, count = 1): Promise<unknown> =>
  eventually(`${event} is logged`, () => Promise.resolve(lines(event).length === count));
const cutOff = async (): Promise<void> => {
  await cable.cut();
  await world.pass(5_000);
  await logged('ingress_away');
};
const mend = async (): Promise<void> => {
  await cable.mend();
  await world.pass(5_000);
  await logged('ingress_back');
  await world.pass(10_000); // what waits is looked at again
};
const calls = async (person: Person): Promise<number> =>
  (await world.phones.requests()).filter(
    ({ fields, channel }) => fields['To'] === person.number && channel === 'call',
  ).length;
const ding = async (): Promise<string> => {
  const order = { recipientIds: [bob.id], text: 'The pump in hall 3 has stopped.' };
  return (await world.call<Ding>('POST', '/v1/dings', order, ann)).body.id;
};
const readDing = async (id: string) =>
  (await world.call<Ding>('GET', `/v1/dings/${id}`, undefined, ann)).body.recipients[0];

describe('while ingress is away', () => {
  beforeEach(() => begin());

  test('a Ding goes by SMS at once, its sender reads why, and it rings once ingress is back', async () => {
    await cutOff();
    const id = await ding();
    await bob.phone.expectSms(/Confirm: /);
    expect(await readDing(id)).toMatchObject({
      leg: { state: 'queued', reason: 'calls_away', ringsAt: expect.any(String) as unknown },
      notifications: [{ channel: 'sms', because: 'calls_away' }],
    });
    expect([await calls(bob), bob.phone.rings()]).toEqual([0, []]);
    await mend();
    const ring = await bob.phone.expectRing();
    await eventually('it rings, and the reason is gone', async () => {
      const leg = (await readDing(id))?.leg;
      return leg?.state === 'ringing' && leg.reason === null;
    });
    await ring.decline();
  });

  test('the sender is told by an event, once, however long it waits', async () => {
    await cutOff();
    const id = await ding();
    await bob.phone.expectSms(/Confirm: /);
    for (const _ of [1, 2, 3]) {
      const [before] = await world.rows<{ at: Date }>(
        `SELECT not_before AS at FROM handoffs WHERE channel = 'voice' AND state = 'queued'`,
      );
      await world.pass(10_000);
      await eventually('it was looked at again', async () => {
        const [row] = await world.rows<{ at: Date }>(
          `SELECT not_before AS at FROM handoffs WHERE channel = 'voice' AND state = 'queued'`,
        );
        return row !== undefined && row.at > (before?.at ?? new Date());
      });
    }
    const events = await world.rows<{ event: unknown }>(
      `SELECT event::jsonb AS event FROM call_events WHERE call_id = $1 AND event::jsonb ->> 'kind' = 'ding.leg'`,
      [id],
    );
    expect(events.map(({ event }) => event)).toMatchObject([
      { state: 'queued', reason: 'calls_away' },
    ]);
    const entries = await world.rows(
      `SELECT FROM handoffs WHERE channel = 'voice' AND purpose = 'ding' AND state = 'queued'`,
    );
    expect([entries.length, await calls(bob)]).toEqual([1, 0]);
    await world.call('POST', `/v1/dings/${id}/recall`, undefined, ann);
  });

  test('who begins a conference reads why nobody is rung, and all are once ingress is back', async () => {
    await cutOff();
    const order = { accountIds: [bob.id, carl.id] };
    const { id } = (await world.call<Conference>('POST', '/v1/conferences', order, ann)).body;
    const read = async () =>
      (await world.call<Conference>('GET', `/v1/conferences/${id}`, undefined, ann)).body;
    await eventually('each is told', async () =>
      (await read()).participants.every(
        ({ presence, reason }) => presence === 'waiting' && reason === 'calls_away',
      ),
    );
    for (const one of [ann, bob, carl]) expect(await calls(one)).toBe(0);
    await mend();
    for (const one of [ann, bob, carl]) await (await one.phone.expectRing()).decline();
    await eventually('it is over', async () => (await read()).state === 'ended');
  });

  test('a code by voice comes to nothing at once, costs nothing, and may be had by SMS or later', async () => {
    await cutOff();
    const order = { number: eve.number, channel: 'voice' };
    const { id } = (await world.call<Verification>('POST', '/v1/verifications', order, eve)).body;
    const read = async () =>
      (await world.call<Verification>('GET', `/v1/verifications/${id}`, undefined, eve)).body;
    await eventually('it is told', async () => (await read()).delivery?.state === 'failed');
    const told = await read();
    expect(told).toMatchObject({
      state: 'pending',
      delivery: { channel: 'voice', state: 'failed', reason: 'calls_away' },
    });
    expect(new Date(told.next.voiceAt ?? 0) <= world.clock.now()).toBe(true);
    expect(await calls(eve)).toBe(0);
    await mend();
    const again = await world.call(
      'POST',
      `/v1/verifications/${id}/sends`,
      { channel: 'voice' },
      eve,
    );
    expect(again.status).toBeLessThan(300);
    await (await eve.phone.expectRing()).decline();
  });

  test('what goes by SMS goes on, and the operator is told once, and once that it is over', async () => {
    await cutOff();
    await world.call('POST', '/v1/verifications', { number: eve.number }, eve);
    await eve.phone.expectSms(/#\d{6}$/);
    const { host } = new URL(cable.url);
    expect(lines('ingress_away')).toMatchObject([
      { level: 'error', reason: 'silent', part: 'ingress', host },
    ]);
    await mend();
    expect([lines('ingress_away').length, lines('ingress_back')]).toMatchObject([
      1,
      [{ level: 'info', part: 'ingress', host }],
    ]);
  });
});

describe('what counts as an answer', () => {
  test('a callback since the first failure: the probe alone may be what fails', async () => {
    let nobody: Cuttable | undefined;
    await begin({
      wire: async (env) => {
        cable = await Cuttable.before(env['INGRESS_PUBLIC_URL'] ?? '');
        nobody = await Cuttable.before('http://127.0.0.1:1');
        env['INGRESS_PROBE_URL'] = nobody.url; // as where the worker's network has no way to the public address
      },
    });
    await logged('ingress_away'); // nothing was heard of the carrier yet
    await world.pass(5_000);
    await world.call('POST', '/v1/verifications', { number: eve.number }, eve);
    await eve.phone.expectSms(/#\d{6}$/);
    await world.phones.settled();
    await world.pass(5_000);
    await logged('ingress_back');
    await ding();
    await (await bob.phone.expectRing()).decline();
    await bob.phone.expectSms(/Confirm: /);
    await world.phones.settled();
    await world.pass(61_000); // and none for a minute
    await logged('ingress_away', 2);
    await nobody?.cut();
  });

  test('what the carrier was asked for is no callback', async () => {
    await begin({ env: { RECONCILE_CALLS_AFTER: '10s' } });
    await bob.phone.trouble({ kind: 'callbacks-lost', channel: 'call' });
    await ding();
    await (await bob.phone.expectRing()).decline();
    await world.phones.settled();
    await cutOff();
    await world.pass(6_000);
    await bob.phone.expectSms(/Confirm: /); // the reconciler has found its end
    await world.pass(5_000);
    await world.pass(5_000);
    expect([lines('ingress_away').length, lines('ingress_back')]).toEqual([1, []]);
  });

  test('no answer but one by the key: something else at the address is not ingress', async () => {
    await begin({ env: { INGRESS_PROBE_URL: 'http://127.0.0.1:1' } });
    await logged('ingress_away');
    await world.stop('worker');
    await world.boot('worker', { INGRESS_PROBE_URL: world.simulator.url });
    await logged('ingress_away', 2);
    await world.stop('worker');
    await world.boot('worker', {
      INGRESS_PROBE_URL: cable.url,
      INGRESS_PROBE_KEY: world.env['LIMITER_KEY'] ?? '',
    });
    await logged('ingress_away', 3);
    expect(lines('ingress_away').map(({ reason }) => reason)).toEqual(['silent', 'other', 'other']);
  });

  test('off: nobody asks, and all phones ring', async () => {
    await begin({ env: { INGRESS_PROBE_URL: 'off' } });
    await cable.cut();
    await world.pass(5_000);
    await ding();
    const ring = await bob.phone.expectRing();
    await cable.mend();
    await ring.decline();
    await bob.phone.expectSms(/Confirm: /);
    expect(lines('ingress_away')).toEqual([]);
  });
});
