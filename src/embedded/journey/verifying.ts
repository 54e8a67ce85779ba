import type { Person } from './api.js';
import { stopped } from './http.js';
import { onOneLine, type Scene } from './scene.js';

/** Proves a person's number by the code in an SMS. */
export async function verifyBySms({ api, phones, step }: Scene, person: Person): Promise<void> {
  const since = await phones.getNow();
  const wish = { number: person.number };
  const { id } = await api.call<{ id: string }>('POST', 'verifications', wish, person);
  const sms = await phones.seeSms(since, person);
  const code = /#(\d{6})$/.exec(sms.body ?? '')?.[1];
  if (person.name === 'Ann')
    step(
      "Ann's number is sealed, a job with an id waits for the worker, " +
        `and her phone shows: ${onOneLine(sms)}`,
    );
  await checkCode({ api, phones, step }, person, id, code);
}

/** Proves a person's number by a code that a call speaks. */
export async function verifyByVoice({ api, phones, step }: Scene, person: Person): Promise<void> {
  const since = await phones.getNow();
  const wish = { number: person.number, channel: 'voice' };
  const { id } = await api.call<{ id: string }>('POST', 'verifications', wish, person);
  const { callSid } = await phones.seeRing(since, person);
  step(`${person.name} would rather hear the code: the phone rings`);
  await phones.act(person.number, 'answer', callSid);
  const asked = await phones.seeSpoken(since, 'the call to ask for a key', callSid, /press \d/);
  for (const spoken of await phones.readSpoken(since, callSid, asked.seq + 1))
    step(`  the phone says: ${spoken}`);
  const key = /press (\d)/.exec(asked.text ?? '')?.[1];
  await phones.press(person.number, callSid, key);
  step(`${person.name} presses ${key}, which no voicemail would, and hears it`);
  const digits = /^(\d ){5}\d$/;
  const spoken = await phones.seeSpoken(asked.seq, 'the code to be spoken', callSid, digits);
  const code = (spoken.text ?? '').replaceAll(' ', '');
  step(`  the phone says, digit by digit: ${spoken.text ?? ''}`);
  await phones.act(person.number, 'hangup', callSid);
  await checkCode({ api, phones, step }, person, id, code);
}

async function checkCode(
  { api, step }: Scene,
  person: Person,
  id: string,
  code: string | undefined,
): Promise<void> {
  const path = `verifications/${id}/check`;
  const { state } = await api.call<{ state: string }>('POST', path, { code }, person);
  if (state !== 'approved') throw stopped(`the code was not accepted (${state})`);
  step(`${person.name} types the code: the number is verified`);
}
