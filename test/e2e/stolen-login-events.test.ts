import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { CallEvent } from '../../src/realtime/events.js';
import { Listener } from '../support/live.js';
import { account, team, verify, type Person } from '../support/make.js';
import { numberPool } from '../support/numbers.js';
import { letOverhear, REFUSED, steal, whenCalled } from '../support/thief.js';
import { World } from '../support/world.js';

// Real: all three roles, PostgreSQL by a role's login, the queue, the carrier's SDK. Fake: the network.
// What a browser is told as it happens is what the rows say, whichever login writes it.

const draw = numberPool(Date.now());
let world: World;
let ann: Person;
let bob: Person;
let carl: Person;
let dingId: string;
/** By which capability ingress may speak of a call. */
const heard = new Map<string, string>();
let roomId: string;
const parts = new Map<string, string>();

beforeAll(async () => {
  world = await World.start();
  ann = await account(world, 'Ann', draw().e164);
  bob = await account(world, 'Bob', draw().e164);
  carl = await account(world, 'Carl', draw().e164);
  await team(world, [ann, bob, carl]);
  for (const one of [ann, bob, carl]) await verify(world, one);
  const text = 'the cellar is under water';
  const recipientIds = [bob.id, carl.id];
  const ding = await world.call<{ id: string }>(
    'POST',
    '/v1/dings',
    { recipientIds, text, channel: 'app' },
    ann,
  );
  const room = await world.call<{ id: string }>(
    'POST',
    '/v1/conferences',
    { accountIds: recipientIds },
    ann,
  );
  [dingId, roomId] = [ding.body.id, room.body.id];
  for (const one of [ann, bob, carl]) await one.phone.expectRing();
  await world.phones.settled();
  for (const { id, call, who } of await world.rows<{ id: string; call: string; who: string }>(
    'SELECT id, call_id AS call, account_id AS who FROM participants',
  ))
    parts.set(`${call} ${who}`, id);
  await letOverhear(world);
  const [call] = await world.rows<{ id: string }>(
    `SELECT id FROM handoffs WHERE purpose = 'conference' AND kind = 'deliver' LIMIT 1`,
  );
  // As if the word in the app had been an SMS, of which a carrier can speak.
  const [sms] = await world.rows<{ id: string }>(
    `
      INSERT INTO handoffs (
        id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, not_before, not_after,
        created_at, settled_at
      )
      SELECT
        gen_random_uuid(), 'ding', 'sms', 'deliver', n.id, p.account_id, a.number_ref, 'en', 'canceled', now(), now(),
        now(), now()
      FROM notifications n
      JOIN participants p ON p.id = n.participant_id
      JOIN account_numbers a ON a.account_id = p.account_id
      WHERE n.call_id = $1
      LIMIT 1
      RETURNING id
    `,
    [dingId],
  );
  heard.set(roomId, call?.id as string).set(dingId, sms?.id as string);
});
afterAll(async () => {
  await world.call('POST', `/v1/dings/${dingId}/recall`, undefined, ann);
  await world.call('POST', `/v1/conferences/${roomId}/end`, undefined, ann);
  await world.phones.settled();
  await world.close();
});

const partOf = (callId: string, who: Person): string => parts.get(`${callId} ${who.id}`) as string;

function falseEvents(): object[] {
  const ding = { callId: dingId };
  const room = { callId: roomId };
  const bobs = { ...ding, participantId: partOf(dingId, bob) };
  const bobsLeg = { ...room, participantId: partOf(roomId, bob) };
  const sms = { kind: 'ding.notification', ...bobs, channel: 'sms', because: null, reason: null };
  return [
    { kind: 'ding.confirmed', ...bobs, by: 'app' },
    { kind: 'ding.confirmed', ...bobs, by: null },
    { kind: 'ding.doubted', ...bobs },
    { kind: 'ding.stopped', ...bobs },
    { kind: 'ding.leg', ...bobs, state: 'ringing', reason: null },
    { ...sms, state: 'accepted' },
    { ...sms, channel: 'app', state: 'ended' },
    { ...sms, channel: 'app', state: 'accepted', because: 'busy' },
    { ...sms, channel: 'app', state: 'accepted', reason: 'busy' },
    { kind: 'ding.ended', ...ding, reason: 'finished' },
    { kind: 'ding.created', ...room },
    { kind: 'ding.created', callId: randomUUID() },
    { kind: 'ding.created' },
    { kind: 'ding.danced', ...ding },
    { ...ding },
    { kind: 'conference.leg', ...bobsLeg, state: 'answered', reason: null },
    { kind: 'conference.leg', ...bobsLeg, state: 'ringing', reason: 'busy' },
    { kind: 'conference.leg', ...room, participantId: bobs.participantId, state: 'ringing' },
    { kind: 'conference.joined', ...bobsLeg },
    { kind: 'conference.left', ...bobsLeg },
    { kind: 'conference.muted', ...bobsLeg, by: 'initiator' },
    { kind: 'conference.unmuted', ...room, participantId: randomUUID() },
    { kind: 'conference.removed', ...bobsLeg },
    { kind: 'conference.invited', ...room, participantId: bobs.participantId },
    { kind: 'conference.ended', ...room, reason: 'ended' },
  ];
}

describe.each(['apiUrl', 'ingressUrl', 'workerUrl'] as const)('by the login %s alone', (login) => {
  let thief: pg.Client;
  beforeAll(async () => {
    thief = await steal(world, login);
  });
  afterAll(() => thief.end());

  const write = (callId: string, event: string): Promise<pg.QueryResult> => {
    const text = 'INSERT INTO call_events (call_id, event, at) VALUES ($1, $2, now())';
    const work = () => thief.query(text, [callId, event]);
    return login === 'ingressUrl' ? whenCalled(thief, heard.get(callId) as string, work) : work();
  };
  const publish = (callId: string, event: object) => write(callId, JSON.stringify(event));

  test('nobody is told what did not happen', async () => {
    const annes = await Listener.opened(world.urls.get('api') as string, ann);
    for (const event of falseEvents())
      for (const callId of [dingId, roomId])
        await expect(publish(callId, event)).rejects.toThrow(REFUSED);
    // Nobody has joined, so no number of a conference can be asked for.
    const callerId = { kind: 'conference.caller_id', callId: roomId };
    const { rowCount } = await publish(roomId, {
      ...callerId,
      participantId: partOf(roomId, bob),
    });
    expect(rowCount).toBe(0);
    await expect(thief.query(`UPDATE call_events SET at = now()`)).rejects.toThrow(REFUSED);
    await publish(dingId, { kind: 'ding.created', callId: dingId }); // so she hears what comes
    expect((await annes.next()).kind).toBe('ding.created');
    annes.leave();
  });

  test('what did happen is told to those whom it concerns, and in these words', async () => {
    await expect(
      thief.query(
        'INSERT INTO call_events (call_id, audience, event, at) VALUES ($1, $2, $3, now())',
        [dingId, [carl.id], JSON.stringify({ kind: 'ding.created', callId: dingId })],
      ),
    ).rejects.toThrow(REFUSED);
    const event: CallEvent = {
      kind: 'ding.notification',
      callId: dingId,
      participantId: partOf(dingId, bob),
      channel: 'app',
      state: 'accepted',
      because: null,
      reason: null,
    };
    await publish(dingId, event);
    // Of a key that stands there twice, what was looked at is what is told.
    await write(dingId, `{"kind": "ding.confirmed", ${JSON.stringify(event).slice(1)}`);
    const told = await world.rows<{ audience: string[]; event: string }>(
      'SELECT audience, event FROM call_events ORDER BY id DESC LIMIT 2',
    );
    for (const one of told) {
      expect(one.audience.sort()).toEqual([ann.id, bob.id].sort());
      const standing = { code: 'accepted', because: null, until: null }; // written by PostgreSQL
      expect(JSON.parse(one.event)).toEqual({ ...event, standing });
      expect(one.event.match(/kind/g)).toHaveLength(1);
    }
  });
});
