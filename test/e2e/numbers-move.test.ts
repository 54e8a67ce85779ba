import pg from 'pg';
import { eventually } from '../support/eventually.js';
import { account, consent, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { askCallerIds, sealed } from '../support/shown.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL by their own logins, the queue, the carrier's SDK. Fake: the telephone
// network (simulator), time.

interface MeBody {
  number: {
    verifiedAt: string;
    proofEndsAt: string;
    mustProveAgain: { since: string; because: string } | null;
  } | null;
  notices: { kind: string; at: string }[];
}
interface DingBody {
  id: string;
  code?: string;
  state: string;
  endReason: string | null;
  accountIds?: string[];
  recipients: {
    accountId: string;
    confirmedAt: string | null;
    leg: { state: string; reason: string | null } | null;
    notifications: {
      channel: string;
      state: string;
      because: string | null;
      reason: string | null;
    }[];
  }[];
}
interface ConferenceBody {
  id: string;
  code?: string;
  state: string;
  participants: { participantId: string; accountId: string; presence: string }[];
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const TEXT = 'The pump in hall 3 has stopped.';
const CODE = /#(\d{6})$/;
const SMS = /^Urgent, from .+\nConfirm: https:\/\/dingline\.example\/c#([\w-]{22})$/s;

describe('a number', () => {
  const next = numbersOf(61);
  let world: World;
  let ann: Person;
  let bob: Person;
  let carl: Person;
  let dora: Person;
  let teamId: string;

  /** Without the notices that come with each call in which a number is shown. */
  const me = async (who: Person) => {
    const { body } = await world.call<MeBody>('GET', '/v1/me', undefined, who);
    return { ...body, notices: body.notices.filter(({ kind }) => kind !== 'number_shown') };
  };
  const noticesOf = async (who: Person) => (await me(who)).notices.map(({ kind }) => kind);
  const ding = (from: Person, to: Person, channel = 'voice') =>
    world.call<DingBody>('POST', '/v1/dings', { recipientIds: [to.id], text: TEXT, channel }, from);
  const read = async (who: Person, id: string) =>
    (await world.call<DingBody>('GET', `/v1/dings/${id}`, undefined, who)).body;
  const over = (who: Person, id: string) =>
    eventually('the Ding to be over', async () => (await read(who, id)).state === 'ended');
  const meet = (from: Person, ...others: Person[]) =>
    world.call<ConferenceBody>(
      'POST',
      '/v1/conferences',
      { accountIds: others.map((one) => one.id) },
      from,
    );
  const presence = (id: string, who: Person, wanted: string) =>
    eventually(
      `${who.name} to be ${wanted}`,
      async () =>
        (
          await world.call<ConferenceBody>('GET', `/v1/conferences/${id}`, undefined, carl)
        ).body.participants.find((one) => one.accountId === who.id)?.presence === wanted,
    );
  const callerIds = async (who: Person, path: string): Promise<string[] | number> => {
    const { status, body } = await askCallerIds(world, who, path);
    return status === 200 ? body.callerIds.map((one) => one.number).sort() : status;
  };
  const join = async (who: Person) => {
    const ring = await who.phone.expectRing({ from: 'withheld' });
    await ring.answer();
    await ring.press('1');
    await ring.expectInRoom();
    return ring;
  };
  /** With a phone of another number in their hand. */
  const by = (who: Person, number: string): Person => ({
    ...who,
    number,
    phone: world.phones.phone(number),
  });
  const started = async (who: Person): Promise<{ id: string; code: string }> => {
    const { body } = await world.call<{ id: string }>(
      'POST',
      '/v1/verifications',
      { number: who.number },
      who,
    );
    const [, code = ''] = await who.phone.expectSms(CODE);
    return { id: body.id, code };
  };
  const check = (who: Person, { id, code }: { id: string; code: string }) =>
    world.call<{ state: string }>('POST', `/v1/verifications/${id}/check`, { code }, who);
  /** Teams, consents and what they took part in: the person's, whatever becomes of their number. */
  const possessions = (who: Person) =>
    Promise.all([
      world.rows(
        'SELECT team_id, role, joined_at FROM team_members WHERE account_id = $1 ORDER BY team_id',
        [who.id],
      ),
      world.rows(
        'SELECT id, team_id, action, version, text_sha256, at FROM consent_events WHERE account_id = $1 ORDER BY id',
        [who.id],
      ),
      world.rows(
        'SELECT id, call_id, role, removed_at FROM participants WHERE account_id = $1 ORDER BY id',
        [who.id],
      ),
      world
        .call<{ dings: { id: string }[] }>('GET', '/v1/dings', undefined, who)
        .then(({ body }) => body.dings.map((one) => one.id)),
    ]);

  beforeAll(async () => {
    world = await World.start({ env: { PROOF_LASTS: '8d', DING_SMS_TO_ONE_AN_HOUR: '20' } });
    // As if the database had been migrated with it, too.
    await world.rows(
      `UPDATE secret_bounds SET lasts = interval '6 days' WHERE name = 'proof_notice'`,
    );
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    await world.pass(61 * MINUTE);
    [ann, bob, carl, dora] = [
      await account(world, 'Ann', next()),
      await account(world, 'Bob', next()),
      await account(world, 'Carl', next()),
      await account(world, 'Dora', next()),
    ];
    for (const one of [ann, carl, dora]) await verify(world, one);
    teamId = await team(world, [carl, ann, dora]);
    await consent(world, carl, teamId);
    await world.pass(2 * MINUTE);
  });
  afterEach(() => world.phones.clearTroubles());

  test("that another account proves is that account's: what goes on by it ends, its former owner is told and keeps all but the number", async () => {
    const { body: conference } = await meet(carl, ann, dora);
    await join(carl);
    const [anns] = [await join(ann), await join(dora)];
    await Promise.all([carl, ann, dora].map((one) => presence(conference.id, one, 'joined')));
    await world.pass(MINUTE);
    const { body: ringing } = await ding(carl, ann);
    const ring = await ann.phone.expectRing({ from: 'withheld' });
    const { body: sent } = await ding(carl, ann, 'sms');
    const [, link] = await ann.phone.expectSms(SMS);
    const { body: own } = await ding(ann, dora, 'sms');
    const [, doras] = await dora.phone.expectSms(SMS);
    await world.phones.settled();
    await sealed(world);
    expect(await callerIds(dora, `dings/${own.id}`)).toEqual([ann.number]);
    expect(await callerIds(carl, `conferences/${conference.id}`)).toEqual(
      [ann.number, dora.number].sort(),
    );
    const before = await possessions(ann);

    expect((await check(bob, await started(by(bob, ann.number)))).body.state).toBe('approved');

    // At once: nothing of it waits for the carrier.
    expect(await read(ann, own.id)).toMatchObject({ state: 'ended', endReason: 'recalled' });
    expect(await callerIds(dora, `dings/${own.id}`)).toBe(404);
    expect(await callerIds(carl, `conferences/${conference.id}`)).toEqual([dora.number]);
    expect(
      await world.rows(
        'SELECT 1 FROM presentations p JOIN participants w ON w.id = p.participant_id WHERE w.account_id = $1',
        [ann.id],
      ),
    ).toEqual([]);
    expect((await read(carl, sent.id)).recipients[0]?.notifications).toMatchObject([
      { channel: 'sms', state: 'ended', reason: 'number_moved' },
    ]);
    expect(await world.call('POST', '/v1/ding-links/confirm', { token: link })).toMatchObject({
      status: 404,
    });
    // A moment later: the calls that were out.
    await ring.expectEnded();
    await anns?.expectEnded('completed');
    await presence(conference.id, ann, 'away');
    await over(carl, ringing.id);
    await over(carl, sent.id);
    expect((await read(carl, ringing.id)).recipients[0]).toMatchObject({
      confirmedAt: null,
      leg: { state: 'ended' },
      notifications: [],
    });
    expect(
      (await world.call<ConferenceBody>('GET', `/v1/conferences/${conference.id}`, undefined, carl))
        .body.state,
    ).toBe('live');

    expect(await me(ann)).toMatchObject({
      number: null,
      notices: [{ kind: 'number_moved', at: world.clock.now().toISOString() }],
    });
    expect(await me(bob)).toMatchObject({
      number: { verifiedAt: world.clock.now().toISOString(), mustProveAgain: null },
      notices: [],
    });
    expect(await possessions(ann)).toEqual(before);
    expect(await possessions(bob)).toEqual([[], [], [], []]);
    expect(await ding(ann, dora)).toMatchObject({
      status: 403,
      body: { code: 'NUMBER_NOT_VERIFIED' },
    });
    expect(await ding(carl, ann)).toMatchObject({
      status: 409,
      body: { code: 'RECIPIENT_UNREACHABLE', accountIds: [ann.id] },
    });
    expect((await ding(carl, bob)).status).toBe(404); // a stranger, whatever number he has

    // With another number all is as it was.
    const again = by(ann, next());
    await verify(world, again);
    expect(
      (await world.call('POST', `/v1/conferences/${conference.id}/call-me`, undefined, ann)).status,
    ).toBe(200);
    await join(again);
    await presence(conference.id, ann, 'joined');
    await sealed(world);
    expect(await callerIds(carl, `conferences/${conference.id}`)).toEqual(
      [again.number, dora.number].sort(),
    );
    await world.call('POST', `/v1/conferences/${conference.id}/end`, undefined, carl);
    // The recalled Ding's SMS is still on Dora's phone; it is hers to read, and says that it was taken back.
    expect((await world.call('POST', '/v1/ding-links/read', { token: doras })).status).toBe(200);
  });

  test('that gives way to another of the same person is rung no more, and what was to follow goes to the new one', async () => {
    const { body: first } = await ding(carl, ann);
    await (await ann.phone.expectRing()).decline();
    await ann.phone.expectSms(SMS);
    await world.pass(31_000);
    const { body: waiting } = await ding(carl, ann); // a minute after the first, by the limit of rings
    expect((await read(carl, waiting.id)).recipients[0]?.leg).toMatchObject({ state: 'queued' });
    const again = by(ann, next());
    expect(await noticesOf(ann)).toEqual([]);
    await verify(world, again);
    // Somebody else may have done it, by a stolen session: its person is told.
    expect(await noticesOf(ann)).toEqual(['number_changed']);
    expect((await read(carl, waiting.id)).recipients[0]).toMatchObject({
      leg: { state: 'ended', reason: 'number_moved' },
      notifications: [{ channel: 'sms', because: 'number_moved' }],
    });
    await again.phone.expectSms(SMS);
    await over(carl, first.id); // its SMS was at the old number
    await world.pass(2 * MINUTE);
    await eventually(
      'the hand-off to the old number to be canceled',
      async () =>
        (
          await world.rows(
            `
              SELECT 1
              FROM handoffs h
              JOIN legs l ON l.id = h.subject_id
              WHERE l.call_id = $1 AND h.kind = 'deliver' AND h.state = 'canceled'
            `,
            [waiting.id],
          )
        ).length === 1,
    );
    expect(ann.phone.rings()).toHaveLength(1);
  });

  test('that moves while a Ding to it is being decided is not rung by it', async () => {
    const proof = await started(by(bob, ann.number));
    await world.stop('worker');
    const blocker = new pg.Client({ connectionString: world.database.ownerUrl });
    await blocker.connect();
    const waiting = (count: number) =>
      eventually(
        `${String(count)} to wait`,
        async () =>
          (
            await world.rows<{ n: number }>(
              `
                SELECT count(*)::int AS n
                FROM pg_stat_activity
                WHERE datname = $1 AND usename = 'dingline_api' AND wait_event_type = 'Lock'
              `,
              [world.database.name],
            )
          )[0]?.n === count,
      );
    await blocker.query('BEGIN; LOCK TABLE dings IN EXCLUSIVE MODE');
    const dinging = ding(carl, ann); // has read the number, and can't go on
    await waiting(1);
    const moving = check(bob, proof);
    await waiting(2);
    await blocker.query('COMMIT');
    await blocker.end();
    const [{ status, body }, moved] = await Promise.all([dinging, moving]);
    expect([status, moved.body.state]).toEqual([201, 'approved']);
    expect(await read(carl, body.id)).toMatchObject({
      state: 'ended',
      recipients: [{ leg: { state: 'ended', reason: 'number_moved' }, notifications: [] }],
    });
    await world.boot('worker');
    await eventually(
      'the hand-off to be canceled',
      async () =>
        (
          await world.rows(
            `
              SELECT 1
              FROM handoffs h
              JOIN legs l ON l.id = h.subject_id
              WHERE l.call_id = $1 AND h.state = 'canceled'
            `,
            [body.id],
          )
        ).length === 1,
    );
    expect(ann.phone.rings()).toEqual([]);
  });

  test('proved again by its owner ends nothing', async () => {
    const { body } = await ding(carl, ann);
    const ring = await ann.phone.expectRing();
    await verify(world, ann);
    await ring.answer();
    await ring.press('1');
    await ring.expectEnded('completed');
    await over(carl, body.id);
    expect((await read(carl, body.id)).recipients[0]?.confirmedAt).not.toBeNull();
    expect(await noticesOf(ann)).toEqual([]);
  });

  test("proved by two accounts at the same moment is one's, and each other one that had it is told", async () => {
    const { body } = await ding(carl, ann, 'sms');
    await ann.phone.expectSms(SMS);
    const [bobs, doras] = [by(bob, ann.number), by(dora, ann.number)];
    const [a, b] = [await started(bobs), await started(doras)];
    const hadOne = new Set<string>();
    for (const one of [bob, dora]) if ((await me(one)).number !== null) hadOne.add(one.id);
    const answers = await Promise.all([check(bob, a), check(dora, b)]);
    expect(answers.map((answer) => answer.body.state)).toEqual(['approved', 'approved']);
    const owners = await world.rows<{ id: string }>(
      'SELECT b.account_id AS id FROM account_numbers a JOIN numbers n ON n.id = a.number_ref JOIN account_numbers b ON b.number_index = n.number_index WHERE a.account_id = ANY ($1)',
      [[bob.id, dora.id]],
    );
    expect(owners).toHaveLength(1);
    expect(await noticesOf(ann)).toEqual(['number_moved']);
    // Whoever gave up a number of their own for it is told that; whoever came first then lost it to the other.
    for (const one of [bob, dora])
      expect((await noticesOf(one)).sort()).toEqual([
        ...(hadOne.has(one.id) ? ['number_changed'] : []),
        ...(one.id === owners[0]?.id ? [] : ['number_moved']),
      ]);
    await over(carl, body.id);
  });

  test('whose proof has grown old rings nobody and is not rung until it is proved again; its person is told once, before', async () => {
    const verifiedAt = Date.parse((await me(ann)).number?.verifiedAt as string);
    const endsAt = new Date(verifiedAt + 8 * DAY).toISOString();
    expect(await me(ann)).toMatchObject({
      number: { proofEndsAt: endsAt, mustProveAgain: null },
      notices: [],
    });
    await world.pass(verifiedAt + 6 * DAY - world.clock.now().getTime());
    await eventually('Ann to be told', async () => (await noticesOf(ann)).length > 0);
    expect(await me(ann)).toMatchObject({ number: { mustProveAgain: null } });
    await world.pass(2 * DAY - 1);
    await verify(world, carl);
    expect((await ding(carl, ann, 'sms')).status).toBe(201);
    await ann.phone.expectSms(SMS);

    await world.pass(1);
    expect(await me(ann)).toMatchObject({
      number: {
        verifiedAt: new Date(verifiedAt).toISOString(),
        mustProveAgain: { since: endsAt, because: 'age' },
      },
    });
    expect(await ding(ann, carl)).toMatchObject({
      status: 403,
      body: { code: 'NUMBER_NOT_VERIFIED' },
    });
    expect(await ding(carl, ann)).toMatchObject({
      status: 409,
      body: { code: 'RECIPIENT_UNREACHABLE', accountIds: [ann.id] },
    });
    expect(await meet(ann, carl, dora)).toMatchObject({
      status: 403,
      body: { code: 'NUMBER_NOT_VERIFIED' },
    });
    expect(await meet(carl, ann, dora)).toMatchObject({
      status: 409,
      body: { code: 'RECIPIENT_UNREACHABLE' },
    });
    const { body: read } = await world.call<{
      members: { accountId: string; isReachable: boolean }[];
    }>('GET', `/v1/teams/${teamId}`, undefined, carl);
    expect(new Map(read.members.map((one) => [one.accountId, one.isReachable]))).toEqual(
      new Map([
        [ann.id, false],
        [carl.id, true],
        [dora.id, false],
      ]),
    );

    await verify(world, ann);
    expect(await me(ann)).toMatchObject({
      number: { verifiedAt: world.clock.now().toISOString(), mustProveAgain: null },
    });
    expect((await ding(ann, carl, 'sms')).status).toBe(201);
    await carl.phone.expectSms(SMS);
    expect(await noticesOf(ann)).toEqual(['number_to_prove_again']);
  });

  test('that the carrier calls unreachable three times in a row must be proved again; one success between begins anew', async () => {
    const count = async () =>
      (
        await world.rows<{ count: number }>(
          'SELECT cardinality(unreachable_for) AS count FROM account_numbers WHERE account_id = $1',
          [ann.id],
        )
      )[0]?.count;
    const bySms = async () => over(carl, (await ding(carl, ann, 'sms')).body.id);
    // Refused at the door, and told later by a callback: either counts.
    const refused = await ann.phone.trouble({ kind: 'error', code: 21211, channel: 'sms' });
    await bySms();
    await refused.clear();
    const later = await ann.phone.trouble({ kind: 'undelivered', code: 30005 });
    await world.phones.trouble({
      kind: 'callbacks-duplicated',
      sameToken: false,
      number: ann.number,
    });
    await bySms();
    await world.phones.settled();
    expect(await count()).toBe(2);
    await later.clear();
    await ding(carl, ann, 'sms');
    await ann.phone.expectSms(SMS);
    await world.phones.settled();
    expect(await count()).toBe(0);

    await world.phones.clearTroubles();
    await ann.phone.trouble({ kind: 'error', code: 21211, channel: 'sms' });
    await ann.phone.trouble({ kind: 'error', code: 21214, channel: 'call' });
    await bySms();
    await over(carl, (await ding(carl, ann)).body.id);
    expect(await me(ann)).toMatchObject({ number: { mustProveAgain: null }, notices: [] });
    await world.pass(2 * MINUTE);
    const { body: conference } = await meet(carl, ann, dora);
    for (const one of [carl, dora]) await (await one.phone.expectRing()).decline();
    await eventually(
      'the conference to end',
      async () =>
        (
          await world.call<ConferenceBody>(
            'GET',
            `/v1/conferences/${conference.id}`,
            undefined,
            carl,
          )
        ).body.state === 'ended',
    );
    const since = world.clock.now().toISOString();
    expect(await me(ann)).toMatchObject({
      number: { mustProveAgain: { since, because: 'unreachable' } },
      notices: [{ kind: 'number_to_prove_again', at: since }],
    });
    expect(await ding(carl, ann)).toMatchObject({
      status: 409,
      body: { code: 'RECIPIENT_UNREACHABLE' },
    });
    expect(await ding(ann, carl)).toMatchObject({
      status: 403,
      body: { code: 'NUMBER_NOT_VERIFIED' },
    });

    await world.phones.clearTroubles();
    await world.pass(16 * MINUTE); // since four SMS went to this number
    await verify(world, ann);
    expect(await me(ann)).toMatchObject({ number: { mustProveAgain: null } });
    expect(await count()).toBe(0);
    expect((await ding(carl, ann, 'sms')).status).toBe(201);
    await ann.phone.expectSms(SMS);
  });
});
