import type { RoleApp } from '../../src/kernel/http-app.js';
import { Listener, Publisher, type TestCall, urlOf } from '../support/live.js';
import { account, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: all three roles, a second process of `api` beside the first, HTTP, PostgreSQL, the queue. Fake: the telephone
// network (simulator), which has nothing to do here.

describe('live events across processes', () => {
  const next = numbersOf(20261128);
  let world: World;
  let other: RoleApp;
  let [ann, bob]: Person[] = [];
  let call: TestCall;
  let publisher: Publisher;
  const people = (): [Person, Person] => [ann as Person, bob as Person];
  const first = (): string => world.urls.get('api') as string;

  beforeAll(async () => {
    world = await World.start();
    other = await world.bootAnother('api');
    [ann, bob] = [await account(world, 'Ann', next()), await account(world, 'Bob', next())];
    publisher = new Publisher(world);
    call = await publisher.conference(...people());
  });
  afterAll(async () => {
    await publisher.close();
    await world.close();
  });

  test('what is published reaches the readers of every api process, in the same order', async () => {
    const [a, b] = people();
    const listeners = [
      await Listener.opened(first(), a),
      await Listener.opened(urlOf(other), a),
      await Listener.opened(urlOf(other), b),
    ];
    await publisher.publish(call, a, 'conference.joined', [a, b]);
    await publisher.publish(call, b, 'conference.joined', [a, b]);
    await publisher.publish(call, b, 'conference.left', [a, b]);
    const events = await Promise.all(listeners.map((listener) => listener.take(3)));
    for (const one of events)
      expect(one.map(({ data }) => data)).toEqual(
        (events[0] as typeof one).map(({ data }) => data),
      );
    expect(events[0]?.map(({ kind }) => kind)).toEqual([
      'conference.joined',
      'conference.joined',
      'conference.left',
    ]);
    for (const listener of listeners) listener.leave();
  });

  test('an id from one process is good at another', async () => {
    const [a, b] = people();
    const listener = await Listener.opened(first(), a);
    await publisher.publish(call, a, 'conference.joined', [a, b]);
    const { id } = await listener.next();
    listener.leave();
    await publisher.publish(call, b, 'conference.joined', [a, b]);
    const again = await Listener.opened(urlOf(other), { ...a, lastEventId: id });
    expect((await again.next()).data).toMatchObject({ participantId: call.participants.get(b.id) });
    again.leave();
  });

  test('after a restart of the api a stream goes on with exactly what it missed', async () => {
    const [a, b] = people();
    const listener = await Listener.opened(first(), a);
    for (const kind of ['conference.invited', 'conference.joined'] as const)
      await publisher.publish(call, b, kind, [a, b]);
    await listener.take(2);
    await world.stop('api');
    expect(await listener.over).toBe('ended');
    for (const kind of ['conference.left', 'conference.invited', 'conference.joined'] as const)
      await publisher.publish(call, b, kind, [a, b]);
    await world.boot('api');
    const again = await Listener.opened(first(), { ...a, lastEventId: listener.lastEventId });
    expect((await again.take(3)).map(({ kind }) => kind)).toEqual([
      'conference.left',
      'conference.invited',
      'conference.joined',
    ]);
    await publisher.publish(call, b, 'conference.left', [a, b]);
    await again.next('conference.left');
    expect(again.heard).toHaveLength(4);
    again.leave();
  });

  test('who signs out at one process is sent nothing by the other', async () => {
    const [a, b] = people();
    const listener = await Listener.opened(urlOf(other), b);
    await world.call('DELETE', '/v1/sessions/current', undefined, b); // at the first
    expect(await listener.over).toBe('ended');
    await publisher.publish(call, a, 'conference.left', [a, b]);
    expect(listener.heard).toHaveLength(1);
  });
});
