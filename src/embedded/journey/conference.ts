import type { Person } from './api.js';
import { stopped } from './http.js';
import type { Scene } from './scene.js';

export interface ConferenceCast {
  readonly ann: Person;
  readonly finn: Person;
  readonly gina: Person;
  readonly everybody: readonly Person[];
}

/** Plays a conference of three, one of whom is removed. */
export async function playConference(scene: Scene, cast: ConferenceCast): Promise<void> {
  const { api, phones, step } = scene;
  const { ann, finn, gina } = cast;
  const wish = { accountIds: [finn.id, gina.id] };
  const since = await phones.getNow();
  const { id } = await api.call<{ id: string }>('POST', 'conferences', wish, ann);
  const path = `conferences/${id}`;
  step('Ann starts a conference with Finn and Gina: all three are called');
  for (const person of [ann, finn, gina]) await join(scene, person, since);
  for (const person of [ann, finn, gina]) await seeOthers(scene, person, path);

  await remove(scene, gina, path, ann);
  await api.expectNothing(gina, path, 'after she was removed');
  await phones.see(
    since,
    "Gina's call to end",
    (seen) => seen.type === 'ended' && seen.number === gina.number && seen.seq > since,
  );
  step('Ann removes Gina: her call ends, and for her there is no such conference any more');
  const left = await api.readCallerIds(finn, path);
  if (left.join() !== ann.number) throw stopped('Finn was not shown just Ann');
  step(`  Finn's app shows Ann alone: ${left.join()}`);

  await api.call('POST', `${path}/end`, undefined, ann);
  for (const person of cast.everybody) await api.expectNothing(person, path, 'after its end');
  step('Ann ends it. Nobody is shown a number any more');
}

async function join({ phones, step }: Scene, person: Person, since: number): Promise<void> {
  const { name, number } = person;
  const { callSid } = await phones.seeRing(since, person);
  await phones.act(number, 'answer', callSid);
  await phones.press(number, callSid, '1');
  await phones.see(
    since,
    `${name} to be in the room`,
    (seen) =>
      seen.type === 'conference' && seen.event === 'participant-join' && seen.number === number,
  );
  step(`${name} answers, presses 1 and is in the room`);
}

async function seeOthers({ api, step }: Scene, person: Person, path: string): Promise<void> {
  const shown = await api.waitFor(`${person.name} to be shown the others`, async () => {
    const numbers = await api.readCallerIds(person, path);
    return numbers.length === 2 ? numbers : undefined;
  });
  if (shown.includes(person.number)) throw stopped('someone was shown their own number');
  step(`  ${person.name}'s app shows the other two: ${shown.join(', ')}`);
}

async function remove({ api }: Scene, person: Person, path: string, by: Person): Promise<void> {
  const { participants } = await api.call<{
    participants: { participantId: string; accountId: string }[];
  }>('GET', path, undefined, by);
  const found = participants.find((one) => one.accountId === person.id);
  await api.call('DELETE', `${path}/participants/${found?.participantId ?? ''}`, undefined, by);
}
