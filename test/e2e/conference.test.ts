import { eventually } from '../support/eventually.js';
import { account, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import type { RingingCall } from '../support/ringing-call.js';
import { askCallerIds, sealed } from '../support/shown.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone network (simulator).

interface ConferenceBody {
  id: string;
  code?: string;
  participantId: string;
  role: string;
  state: string;
  endReason: string | null;
  endsAt: string;
  participants: {
    participantId: string;
    accountId: string;
    name: string;
    role: string;
    presence: string;
    reason: string | null;
    ringsAt: string | null;
    isMuted: boolean;
    mutedBy: string | null;
  }[];
}
type Answer = { status: number; body: ConferenceBody; text: string };

const MINUTE = 60_000;
const NOBODYS = '00000000-0000-4000-8000-000000000000';

describe('a conference', () => {
  const next = numbersOf(41);
  let world: World;
  let ann: Person;
  let bob: Person;
  let carl: Person;
  let eve: Person;

  const start = (body: object = {}, who = ann, others = [bob, carl]): Promise<Answer> =>
    world.call<ConferenceBody>(
      'POST',
      '/v1/conferences',
      { accountIds: others.map((one) => one.id), ...body },
      who,
    );
  const act = (who: Person, id: string, what: string, body?: object): Promise<Answer> =>
    world.call<ConferenceBody>('POST', `/v1/conferences/${id}/${what}`, body, who);
  const get = (who: Person, id: string): Promise<Answer> =>
    world.call<ConferenceBody>('GET', `/v1/conferences/${id}`, undefined, who);
  const remove = (who: Person, id: string, participantId: string): Promise<Answer> =>
    world.call<ConferenceBody>(
      'DELETE',
      `/v1/conferences/${id}/participants/${participantId}`,
      undefined,
      who,
    );
  const callerIds = (who: Person, id: string) => askCallerIds(world, who, `conferences/${id}`);
  const numbersSeenBy = async (who: Person, id: string): Promise<string[] | number> => {
    const { status, body } = await callerIds(who, id);
    return status === 200 ? body.callerIds.map((one) => one.number).sort() : status;
  };
  const memberOf = (answer: Answer, who: Person) =>
    answer.body.participants.find((one) => one.accountId === who.id);
  const idOf = async (id: string, who: Person): Promise<string> =>
    memberOf(await get(ann, id), who)?.participantId as string;
  const presence = async (id: string, who: Person, wanted: string) => {
    await eventually(
      `${who.name} to be ${wanted}`,
      async () => memberOf(await get(ann, id), who)?.presence === wanted,
    );
    await sealed(world);
  };
  const join = async (who: Person): Promise<RingingCall> => {
    const ring = await who.phone.expectRing({ from: 'withheld' });
    await ring.answer();
    await ring.press('1');
    await ring.expectInRoom();
    return ring;
  };
  const inRoom = async (...people: Person[]): Promise<RingingCall[]> => {
    const rings = await Promise.all(people.map(join));
    await world.phones.settled();
    return rings;
  };
  const ended = (id: string) =>
    eventually('the conference to end', async () => (await get(ann, id)).body.state === 'ended');

  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    await world.pass(61 * MINUTE);
    [ann, bob, carl, eve] = [
      await account(world, 'Ann', next()),
      await account(world, 'Bob', next()),
      await account(world, 'Carl', next()),
      await account(world, 'Eve', next()),
    ];
    for (const one of [ann, bob, carl, eve]) await verify(world, one);
    await team(world, [ann, bob, carl]);
  });
  afterEach(() => world.phones.clearTroubles());

  test('puts the initiator and the others into one room, shows them to one another while they are in it, and nobody else', async () => {
    const { status, body, text } = await start();
    expect(status).toBe(201);
    expect(body).toMatchObject({ state: 'live', role: 'initiator', endReason: null });
    for (const one of [ann, bob, carl]) expect(text).not.toContain(one.number.slice(1));
    const nobodys = await callerIds(ann, NOBODYS);

    const [anns, bobs] = await inRoom(ann, bob);
    await presence(body.id, ann, 'joined');
    await presence(body.id, bob, 'joined');
    expect(await numbersSeenBy(ann, body.id)).toEqual([bob.number]);
    expect(await numbersSeenBy(bob, body.id)).toEqual([ann.number]);
    for (const who of [carl, eve])
      expect(await callerIds(who, body.id)).toMatchObject({ status: 404, text: nobodys.text });

    const [carls] = await inRoom(carl);
    await presence(body.id, carl, 'joined');
    expect(await numbersSeenBy(ann, body.id)).toEqual([bob.number, carl.number].sort());
    expect(
      (await world.phones.rooms()).map((room) => [
        room.name,
        room.participants.map((one) => one.number).sort(),
      ]),
    ).toEqual([[body.id, [ann, bob, carl].map((one) => one.number).sort()]]);
    expect(JSON.stringify(await world.phones.rooms())).not.toMatch(/Ann|Bob|Carl/);

    await bobs?.hangUp();
    await presence(body.id, bob, 'away');
    expect(await numbersSeenBy(ann, body.id)).toEqual([carl.number]);
    expect(await callerIds(bob, body.id)).toMatchObject({ status: 404, text: nobodys.text });

    expect((await act(ann, body.id, 'end')).body).toMatchObject({
      state: 'ended',
      endReason: 'ended',
    });
    for (const who of [ann, bob, carl]) expect((await callerIds(who, body.id)).status).toBe(404);
    for (const ring of [anns, carls]) await ring?.expectEnded('completed');
    await world.phones.settled();
    expect(await world.phones.rooms()).toEqual([]);
    expect(await world.rows('SELECT 1 FROM presentations WHERE call_id = $1', [body.id])).toEqual(
      [],
    );
  });

  test('a removed person is out of the room, sees nothing of it any more, and comes back only when they are added again', async () => {
    const { body } = await start();
    const [, bobs] = await inRoom(ann, bob, carl);
    await presence(body.id, bob, 'joined');
    expect((await remove(ann, body.id, await idOf(body.id, bob))).status).toBe(200);
    const nobodys = await get(bob, NOBODYS);
    expect(await callerIds(bob, body.id)).toMatchObject({ status: 404, text: nobodys.text });
    expect(await get(bob, body.id)).toMatchObject({ status: 404, text: nobodys.text });
    expect(await act(bob, body.id, 'call-me')).toMatchObject({ status: 404, text: nobodys.text });
    expect(await numbersSeenBy(ann, body.id)).toEqual([carl.number]);
    await bobs?.expectEnded('completed');

    await world.pass(MINUTE);
    expect((await act(ann, body.id, 'participants', { accountIds: [bob.id] })).status).toBe(201);
    await inRoom(bob);
    await presence(body.id, bob, 'joined');
    expect(await numbersSeenBy(bob, body.id)).toEqual([ann.number, carl.number].sort());
    await act(ann, body.id, 'end');
  });

  test('who hung up, declined or never answered is called again when they ask, and only then', async () => {
    const { body } = await start();
    const bobs = await bob.phone.expectRing();
    await bobs.decline();
    const [anns] = await inRoom(ann);
    await (await carl.phone.expectRing()).letRingOut();
    await presence(body.id, carl, 'away');
    expect(memberOf(await get(carl, body.id), carl)).toMatchObject({
      presence: 'away',
      reason: 'no_answer',
    });
    expect((await act(bob, body.id, 'call-me')).status).toBe(200);
    expect((await act(bob, body.id, 'call-me')).status).toBe(200); // it rings already
    await inRoom(bob);
    await presence(body.id, bob, 'joined');
    expect(bob.phone.rings()).toHaveLength(2);
    await anns?.hangUp();
    await presence(body.id, ann, 'away');
    expect(await numbersSeenBy(bob, body.id)).toEqual([]);
    await act(ann, body.id, 'end');
  });

  test('whoever comes after the room was empty is in it as the first were: seen, shown and muted', async () => {
    const { body } = await start();
    const others = await Promise.all([bob, carl].map(({ phone }) => phone.expectRing()));
    const [anns] = await inRoom(ann);
    await presence(body.id, ann, 'joined');
    await anns?.hangUp();
    await presence(body.id, ann, 'away');
    // The carrier's room has ended with her: for those who come now it opens another.
    for (const ring of others) {
      await ring.answer();
      await ring.press('1');
      await ring.expectInRoom();
    }
    await presence(body.id, bob, 'joined');
    await presence(body.id, carl, 'joined');
    expect(await numbersSeenBy(bob, body.id)).toEqual([carl.number]);
    await act(bob, body.id, `participants/${await idOf(body.id, bob)}/mute`);
    await others[0]?.expectRoomEvent('participant-mute');
    await others[1]?.hangUp();
    await presence(body.id, carl, 'away');
    await act(ann, body.id, 'end');
    await others[0]?.expectEnded('completed');
  });

  test('muting is done by the carrier, told by it, and opened again by whoever closed it', async () => {
    const { body } = await start();
    const [, bobs] = await inRoom(ann, bob, carl);
    const bobsId = await idOf(body.id, bob);
    expect((await act(carl, body.id, `participants/${bobsId}/mute`)).body).toMatchObject({
      code: 'NOT_YOURS',
    });
    expect(memberOf(await act(ann, body.id, `participants/${bobsId}/mute`), bob)).toMatchObject({
      mutedBy: 'initiator',
    });
    await bobs?.expectRoomEvent('participant-mute');
    await world.phones.settled();
    expect(memberOf(await get(ann, body.id), bob)).toMatchObject({ isMuted: true });
    expect(await act(bob, body.id, `participants/${bobsId}/unmute`)).toMatchObject({
      status: 403,
      body: { code: 'NOT_YOURS' },
    });
    await act(ann, body.id, `participants/${bobsId}/unmute`);
    await bobs?.expectRoomEvent('participant-unmute');
    await world.phones.settled();
    expect(memberOf(await get(ann, body.id), bob)).toMatchObject({ isMuted: false, mutedBy: null });
    await act(ann, body.id, 'end');
  });

  test('nobody opens the microphone of someone who has closed it, not by closing it or asking them in anew either', async () => {
    const { body } = await start();
    const [, bobs] = await inRoom(ann, bob, carl);
    const bobsId = await idOf(body.id, bob);
    const mute = async (who: Person, what: 'mute' | 'unmute') => {
      const answer = await act(who, body.id, `participants/${bobsId}/${what}`);
      return answer.status === 200 ? memberOf(answer, bob)?.mutedBy : answer.body.code;
    };
    expect(await mute(bob, 'mute')).toBe('self');
    expect(await mute(ann, 'mute')).toBe('self');
    expect(await mute(ann, 'unmute')).toBe('NOT_YOURS');
    expect(await mute(bob, 'unmute')).toBe('initiator'); // what the initiator has closed stays so
    expect(await mute(bob, 'mute')).toBe('self');
    expect(await mute(bob, 'unmute')).toBe('initiator');
    expect(await mute(bob, 'unmute')).toBe('NOT_YOURS');
    expect(await mute(bob, 'mute')).toBe('self');
    await bobs?.expectRoomEvent('participant-mute');
    await world.phones.settled();
    expect(memberOf(await get(carl, body.id), bob)).toMatchObject({ isMuted: true });

    await remove(ann, body.id, bobsId);
    await bobs?.expectEnded('completed');
    await world.pass(MINUTE);
    await act(ann, body.id, 'participants', { accountIds: [bob.id] });
    await inRoom(bob);
    await presence(body.id, bob, 'joined');
    const room = (await world.phones.rooms()).find(({ name }) => name === body.id);
    expect(room?.participants.find((one) => one.number === bob.number)).toMatchObject({
      isMuted: true,
    });
    expect(memberOf(await get(carl, body.id), bob)).toMatchObject({ isMuted: true });
    expect(await mute(ann, 'unmute')).toBe('NOT_YOURS');
    expect(await mute(bob, 'unmute')).toBeNull();
    await act(ann, body.id, 'end');
  });

  test('it ends for all with its initiator if so chosen, and what still rings is hung up', async () => {
    const { body } = await start({ endsWithInitiator: true });
    const [anns, bobs] = await inRoom(ann, bob);
    const carls = await carl.phone.expectRing();
    await anns?.hangUp();
    await bobs?.expectEnded('completed');
    await carls.expectEnded('canceled');
    await world.phones.settled();
    expect((await get(bob, body.id)).body).toMatchObject({ state: 'ended', endReason: 'ended' });
  });

  test('it ends by itself when the last has left, and at its time at the latest', async () => {
    const first = await start();
    const rings = await inRoom(ann, bob, carl);
    for (const ring of rings) await ring.hangUp();
    await ended(first.body.id);
    expect((await get(ann, first.body.id)).body).toMatchObject({ endReason: 'finished' });

    await world.pass(61 * MINUTE);
    const second = await start({ maxMinutes: 30 });
    const again = await inRoom(ann, bob, carl);
    await world.pass(30 * MINUTE);
    expect(await callerIds(bob, second.body.id)).toMatchObject({ status: 404 });
    for (const ring of again) await ring.expectEnded('completed');
    await ended(second.body.id);
    expect((await get(ann, second.body.id)).body).toMatchObject({ endReason: 'time_limit' });
  });

  test('voicemail never joins', async () => {
    await bob.phone.trouble({
      kind: 'voicemail',
      ringMs: 0,
      detectedAfterMs: 60_000,
      tones: [{ key: '1', on: 'answer' }],
    });
    const { body } = await start();
    const bobs = await bob.phone.expectRing();
    await inRoom(ann, carl);
    await bobs.expectListening(); // else the machine might be recognised before there is a menu
    await bobs.letPass('detection');
    await eventually(
      'a machine to be heard',
      async () => (await world.rows('SELECT 1 FROM legs WHERE is_machine')).length > 0,
    );
    await bobs.letGatherTimeOut();
    await bobs.expectEnded('completed');
    expect(
      (await world.phones.rooms()).find((room) => room.name === body.id)?.participants,
    ).toHaveLength(2);
    await act(ann, body.id, 'end');
  });

  test('the room and what may be done with it survive a restart of the worker and of the ingress', async () => {
    const { body } = await start();
    const [, bobs] = await inRoom(ann, bob);
    await world.stop('worker');
    await world.stop('ingress');
    await world.boot('ingress');
    await world.boot('worker');
    await inRoom(carl);
    await presence(body.id, carl, 'joined');
    await remove(ann, body.id, await idOf(body.id, bob));
    await bobs?.expectEnded('completed');
    expect(await numbersSeenBy(ann, body.id)).toEqual([carl.number]);
    await act(ann, body.id, 'end');
    await ended(body.id);
  });

  test('only what is in order begins: numbers, teams, consent, two others at least, each once', async () => {
    // What an earlier conference has left behind may still be hung up.
    const count = async () =>
      (await world.rows(`SELECT 1 FROM handoffs WHERE kind <> 'hang_up'`)).length;
    const before = await count();
    for (const [body, code] of [
      [{ accountIds: [bob.id] }, 'INVALID_INPUT'],
      [{ accountIds: [bob.id, bob.id] }, 'INVALID_INPUT'],
      [{ accountIds: [bob.id, eve.id] }, 'NOT_FOUND'],
      [{ accountIds: [bob.id, ann.id] }, 'INVALID_INPUT'],
      [{ accountIds: [bob.id, carl.id], maxMinutes: 1_441 }, 'INVALID_INPUT'],
    ] as const)
      expect(
        (await world.call<ConferenceBody>('POST', '/v1/conferences', body, ann)).body.code,
      ).toBe(code);
    expect(await count()).toBe(before);
  });
});
