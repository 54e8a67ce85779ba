import { eventually } from '../support/eventually.js';
import { account, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone network (simulator).

interface RecipientBody {
  accountId: string;
  participantId: string;
  confirmedAt: string | null;
  confirmedBy: string | null;
  stoppedAt: string | null;
  leg: { state: string; reason: string | null; heardMachine: boolean } | null;
  notifications: { channel: string; state: string; because: string | null; reason: string | null; delivery: string }[];
}
interface DingBody {
  id: string;
  code?: string;
  state: string;
  endReason: string | null;
  recipients: RecipientBody[];
}

const MINUTE = 60_000;
const TEXT = 'The pump in hall 3 has stopped.';
const LINK = /Urgent, from Ann by Dingline: The pump in hall 3 has stopped\.\nConfirm: https:\/\/dingline\.example\/c#([\w-]{22})$/;

describe('a Ding to many', () => {
  const next = numbersOf(31);
  let world: World;
  let ann: Person;
  let bob: Person;
  let carl: Person;
  let dora: Person;
  const ding = (to: Person[], channel?: string, text = TEXT) =>
    world.call<DingBody>('POST', '/v1/dings', { recipientIds: to.map((one) => one.id), text, ...(channel === undefined ? {} : { channel }) }, ann);
  const read = async (id: string, who = ann) => (await world.call<DingBody>('GET', `/v1/dings/${id}`, undefined, who)).body;
  const of = async (id: string, who: Person) => (await read(id)).recipients.find((one) => one.accountId === who.id) as RecipientBody;
  const callerId = (who: Person, id: string) => world.call<{ callerIds: { number: string }[] }>('GET', `/v1/dings/${id}/caller-id`, undefined, who);
  const link = (what: 'read' | 'confirm', token: string) => world.call<{ state: string; from?: string; text?: string; code?: string }>('POST', `/v1/ding-links/${what}`, { token });
  const smsLink = async (who: Person): Promise<string> => (await who.phone.expectSms(LINK))[1] as string;
  const ended = (id: string) => eventually('the Ding to end', async () => ((await read(id)).state === 'ended' ? read(id) : undefined));

  beforeAll(async () => {
    world = await World.start();
    ann = await account(world, 'Ann', next());
    await verify(world, ann);
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    await world.pass(61 * MINUTE);
    [bob, carl, dora] = [await account(world, 'Bob', next()), await account(world, 'Carl', next()), await account(world, 'Dora', next())];
    for (const one of [bob, carl, dora]) await verify(world, one);
    await team(world, [ann, bob, carl, dora]);
  });
  afterEach(() => world.phones.clearTroubles());

  test('each recipient stands for themself: one confirms by phone, one by the link of the SMS that follows a declined call, one never', async () => {
    const { status, body } = await ding([bob, carl, dora]);
    expect(status).toBe(201);
    const [bobs, carls, doras] = await Promise.all([bob, carl, dora].map((one) => one.phone.expectRing({ from: 'withheld' })));
    await carls?.decline();
    const token = await smsLink(carl);
    expect(await of(body.id, carl)).toMatchObject({ leg: { state: 'ended', reason: 'busy' }, notifications: [{ channel: 'sms', because: 'busy' }], confirmedAt: null });

    await bobs?.answer();
    for (const pause of ['pause', 'pause'] as const) await bobs?.letPass(pause);
    await bobs?.press('1');
    await bobs?.expectEnded('completed');
    await world.phones.settled();
    expect(await of(body.id, bob)).toMatchObject({ confirmedBy: 'voice', notifications: [] });

    expect((await link('read', token)).body).toEqual({ state: 'open', from: 'Ann', text: TEXT });
    expect(await of(body.id, carl)).toMatchObject({ confirmedAt: null });
    expect((await link('confirm', token)).body).toEqual({ state: 'confirmed' });
    expect(await of(body.id, carl)).toMatchObject({ confirmedBy: 'link' });

    await doras?.letRingOut();
    await smsLink(dora);
    await world.phones.settled();
    expect(await of(body.id, dora)).toMatchObject({ confirmedAt: null, leg: { reason: 'no_answer' }, notifications: [{ because: 'no_answer', state: 'accepted', delivery: 'delivered' }] });
    expect((await read(body.id)).state).toBe('live');
    expect((await callerId(dora, body.id)).status).toBe(200);
    await world.pass(60 * MINUTE);
    expect(await ended(body.id)).toMatchObject({ endReason: 'finished' });
    expect(await of(body.id, dora)).toMatchObject({ notifications: [{ state: 'ended', reason: 'expired' }] });
    for (const one of [bob, carl, dora]) expect((await callerId(one, body.id)).status).toBe(404);
  });
});
