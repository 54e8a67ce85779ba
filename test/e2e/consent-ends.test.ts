import { eventually } from '../support/eventually.js';
import { account, consent, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone network (simulator).

interface Body {
  id: string;
  code?: string;
  accountIds?: string[];
  participants: { accountId: string; presence: string; reason: string | null }[];
  recipients: { accountId: string; leg: { state: string; reason: string | null } | null }[];
}

const MINUTE = 60_000;

describe('whoever may be reached no more', () => {
  const next = numbersOf(52);
  let world: World;
  let ann: Person;
  let bob: Person;
  let carl: Person;
  let teamId: string;

  const confer = (body: object = {}) =>
    world.call<Body>('POST', '/v1/conferences', { accountIds: [bob.id, carl.id], ...body }, ann);
  const ding = (to = [bob], from = ann) =>
    world.call<Body>(
      'POST',
      '/v1/dings',
      { recipientIds: to.map((one) => one.id), text: 'The pump has stopped.' },
      from,
    );
  const get = (path: string, who = ann) => world.call<Body>('GET', path, undefined, who);
  const withdraw = async (who: Person, query = '', from = teamId): Promise<void> => {
    const answer = await world.call('DELETE', `/v1/teams/${from}/consent${query}`, undefined, who);
    expect(answer.status).toBe(204);
  };
  const leave = async (who: Person): Promise<void> => {
    const path = `/v1/teams/${teamId}/members/me`;
    expect((await world.call('DELETE', path, undefined, who)).status).toBe(204);
  };
  const placeOf = async (id: string, who: Person) =>
    (await get(`/v1/conferences/${id}`)).body.participants.find((one) => one.accountId === who.id);
  const legOf = async (id: string, who: Person) =>
    (await get(`/v1/dings/${id}`)).body.recipients.find((one) => one.accountId === who.id)?.leg;
  /** All rings of everybody, so that the next call waits a minute. */
  const ringAll = async (): Promise<string> => {
    const { body } = await confer();
    for (const one of [ann, bob, carl]) await (await one.phone.expectRing()).decline();
    await eventually('the conference to end', async () =>
      (await get(`/v1/conferences/${body.id}`)).body.participants.every(
        (one) => one.presence === 'away',
      ),
    );
    return body.id;
  };

  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    await world.pass(61 * MINUTE);
    [ann, bob, carl] = [
      await account(world, 'Ann', next()),
      await account(world, 'Bob', next()),
      await account(world, 'Carl', next()),
    ];
    for (const one of [ann, bob, carl]) await verify(world, one);
    teamId = await team(world, [ann, bob, carl]);
  });

  test('is not rung by a conference that was waiting for their phone when they withdrew and left', async () => {
    await ringAll();
    const { body } = await confer(); // rings a minute after the first
    await withdraw(bob);
    await leave(bob);
    expect(await placeOf(body.id, bob)).toMatchObject({ presence: 'away', reason: 'no_consent' });
    await world.pass(MINUTE);
    const rings = [await carl.phone.expectRing(), await ann.phone.expectRing()];
    expect(bob.phone.rings()).toHaveLength(1);
    for (const ring of rings) await ring.decline();
  });

  test('is not dialled either where nothing was ended: the worker asks again', async () => {
    await ringAll();
    const { body } = await confer();
    const taken = await world.rows(
      `
        INSERT INTO consent_events (account_id, team_id, purpose, action, version, text_sha256, language, at)
        SELECT account_id, team_id, purpose, 'withdrawn', version, text_sha256, language, at
        FROM consent_events
        WHERE account_id = $1 AND purpose = 'conference'
        RETURNING 1
      `,
      [bob.id],
    );
    expect(taken).toHaveLength(1);
    await world.rows('DELETE FROM team_members WHERE account_id = $1 AND team_id = $2', [
      carl.id,
      teamId,
    ]);
    await world.pass(MINUTE);
    await (await ann.phone.expectRing()).decline(); // who calls needs no consent of their own
    for (const one of [bob, carl]) {
      await eventually(
        `${one.name}'s call to be given up`,
        async () => (await placeOf(body.id, one))?.reason === 'no_consent',
      );
      expect(one.phone.rings()).toHaveLength(1);
    }
  });

  test('hears their phone stop ringing, and is sent no SMS', async () => {
    const { body: sent } = await ding();
    const ring = await bob.phone.expectRing();
    await withdraw(bob, '?purpose=ring');
    await ring.expectEnded('canceled');
    await eventually('the call to end', async () => (await legOf(sent.id, bob))?.state === 'ended');
    await world.phones.settled();
    expect(bob.phone.messages()).toHaveLength(1); // the code
    expect(await ding()).toMatchObject({ status: 403, body: { code: 'NO_CONSENT' } });
  });

  test('stays in the room into which their own key led them, and may ask to be called', async () => {
    const { body } = await confer();
    const bobs = await bob.phone.expectRing();
    await bobs.answer();
    await bobs.press('1');
    await bobs.expectInRoom();
    await world.phones.settled();
    const carls = await carl.phone.expectRing();
    await withdraw(bob);
    await withdraw(carl);
    await carls.expectEnded('canceled');
    expect(await placeOf(body.id, bob)).toMatchObject({ presence: 'joined' });
    await eventually('Carl', async () => (await placeOf(body.id, carl))?.presence === 'away');
    const called = await world.call('POST', `/v1/conferences/${body.id}/call-me`, undefined, carl);
    expect(called.status).toBe(200);
    await (await carl.phone.expectRing()).decline();
    await world.call('POST', `/v1/conferences/${body.id}/end`, undefined, ann);
    await bobs.expectEnded('completed');
    await (await ann.phone.expectRing()).expectEnded();
  });

  test('hears their phone stop ringing when the owner removes them', async () => {
    await ding();
    const ring = await bob.phone.expectRing();
    const path = `/v1/teams/${teamId}/members/${bob.id}`;
    expect((await world.call('DELETE', path, undefined, ann)).status).toBe(204);
    await ring.expectEnded('canceled');
    await world.phones.settled();
    expect(bob.phone.messages()).toHaveLength(1); // the code
    expect(await ding()).toMatchObject({ status: 404 });
  });

  test('rings nobody whom they reached by that team, once they have left it themselves', async () => {
    const { body } = await ding([bob, carl]);
    const rings = [await bob.phone.expectRing(), await carl.phone.expectRing()];
    await leave(ann);
    for (const ring of rings) await ring.expectEnded('canceled');
    await eventually(
      'the Ding to end',
      async () =>
        (await legOf(body.id, bob))?.state === 'ended' &&
        (await legOf(body.id, carl))?.state === 'ended',
    );
    expect([bob, carl].map((one) => one.phone.messages().length)).toEqual([1, 1]);
  });

  test('is reached as before by another team in which they agreed', async () => {
    const other = await team(world, [ann, bob]);
    await ding();
    const ring = await bob.phone.expectRing();
    await withdraw(bob);
    await leave(bob);
    await ring.answer();
    await ring.press('1');
    await ring.expectEnded('completed');
    await withdraw(bob, '', other);
    expect(await ding()).toMatchObject({ status: 403, body: { code: 'NO_CONSENT' } });
  });

  test('agreed to Dings and not to conferences, where their number is shown, unless they said so', async () => {
    await withdraw(bob);
    await consent(world, bob, teamId, ['ring']);
    expect(await confer()).toMatchObject({
      status: 403,
      body: { code: 'NO_CONSENT', accountIds: [bob.id] },
    });
    const seen = await world.call<{
      members: { accountId: string; mayBeRung: boolean; mayBeInvited: boolean }[];
    }>('GET', `/v1/teams/${teamId}`, undefined, ann);
    expect(seen.body.members.find((one) => one.accountId === bob.id)).toMatchObject({
      mayBeRung: true,
      mayBeInvited: false,
    });
    await ding();
    await (await bob.phone.expectRing()).decline();
    await bob.phone.expectSms(/The pump has stopped/);
  });
});
