import type { Person } from './api.js';
import { stopped } from './http.js';
import { onOneLine, type Scene } from './scene.js';

export interface DingCast {
  readonly ann: Person;
  readonly carl: Person;
  readonly dora: Person;
  readonly erin: Person;
  /** She is no participant. */
  readonly eve: Person;
  readonly everybody: readonly Person[];
}

interface Recipient {
  name: string;
  confirmedBy: string | null;
  leg: { reason: string | null };
}

/** Plays a Ding to three, of whom one never answers: she gets an SMS instead. */
export async function playDing(scene: Scene, cast: DingCast): Promise<void> {
  const { api, phones, step } = scene;
  const { ann, carl, dora, erin, eve } = cast;
  const recipients = [carl, dora, erin];
  const since = await phones.getNow();
  const wish = {
    recipientIds: recipients.map((one) => one.id),
    text: 'The pump in hall 3 has stopped.',
  };
  const { id } = await api.call<{ id: string }>('POST', 'dings', wish, ann);
  const path = `dings/${id}`;
  step('Ann sends Carl, Dora and Erin a Ding');
  const rings = await Promise.all(recipients.map((one) => phones.seeRing(since, one)));
  const [carlsCall, dorasCall, erinsCall] = rings.map((ring) => ring.callSid);
  step('Their phones ring, from a number of the service');
  const shown = await api.waitFor(
    'Carl to be shown the caller ID',
    async () => (await api.readCallerIds(carl, path))[0],
  );
  if (shown !== ann.number) throw stopped("Carl was shown another number than Ann's");
  step(`While it rings Carl's app shows the caller ID: ${shown}, Ann's`);
  await api.expectNothing(eve, path, 'while it rang');
  step(
    'Eve asks for it too and is told that no such call exists: ' +
      '404, byte for byte as for a call that never was',
  );

  await confirmByKey(scene, carl, carlsCall, since);
  await confirmByLink(scene, erin, erinsCall, since);
  await phones.act(dora.number, 'timeout', dorasCall, { timer: 'ring' });
  await phones.seeSms(since, dora);
  step('Dora never answers (the demo lets her minute pass at once): she gets the SMS too');

  for (const one of await waitForConfirmations(scene, path, ann))
    step(`  Ann reads: ${one.name} ${describeConfirmation(one)}`);
  await api.call('POST', `${path}/recall`, undefined, ann);
  for (const person of cast.everybody) await api.expectNothing(person, path, 'after its end');
  step('Ann takes the rest back; from now on nobody is shown a number for it');
}

async function confirmByKey(
  { phones, step }: Scene,
  { name, number }: Person,
  callSid: string | undefined,
  since: number,
): Promise<void> {
  await phones.act(number, 'answer', callSid);
  const menu = await phones.seeSpoken(since, 'the menu to be spoken', callSid, /press 1/);
  for (const spoken of await phones.readSpoken(since, callSid, menu.seq + 1))
    step(`  ${name}'s phone says: ${spoken}`);
  await phones.press(number, callSid, '1');
  step(`${name} presses 1`);
  await phones.see(
    since,
    'the call to end',
    (seen) => seen.type === 'ended' && seen.callSid === callSid,
  );
}

async function confirmByLink(
  { api, phones, step }: Scene,
  person: Person,
  callSid: string | undefined,
  since: number,
): Promise<void> {
  await phones.act(person.number, 'decline', callSid);
  const sms = await phones.seeSms(since, person);
  step(`${person.name} declines, and gets an SMS at once: ${onOneLine(sms)}`);
  const token = (sms.body ?? '').split('#').at(-1);
  const { state } = await api.call<{ state: string }>('POST', 'ding-links/confirm', { token });
  if (state !== 'confirmed') throw stopped(`the link said ${state}`);
  step(`${person.name} opens the link, and presses its button: confirmed, without signing in`);
}

function waitForConfirmations({ api }: Scene, path: string, ann: Person): Promise<Recipient[]> {
  return api.waitFor('Ann to read how it stands', async () => {
    const ding = await api.call<{ recipients: Recipient[] }>('GET', path, undefined, ann);
    const confirmed = ding.recipients.filter((one) => one.confirmedBy !== null);
    return confirmed.length === 2 ? ding.recipients : undefined;
  });
}

const describeConfirmation = ({ confirmedBy, leg }: Recipient): string =>
  confirmedBy === null
    ? `has not confirmed (${leg.reason ?? 'waiting'}; an SMS is out)`
    : `has confirmed by ${confirmedBy}`;
