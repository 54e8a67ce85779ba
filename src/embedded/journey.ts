import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { ExpectedError } from './expected-error.js';
import type { Stack } from './stack.js';

/** How long any one step of the journey may take. */
const STEP_MS = 20_000;

interface Seen {
  seq: number;
  type: string;
  number?: string;
  body?: string;
  text?: string;
  callSid?: string;
  event?: string;
}

interface Person {
  name: string;
  id: string;
  token: string;
  number: string;
}

/** Plays the main journey over HTTP, as people's apps and their phones would, a line for each step as it happens. */
export async function journey(
  stack: Stack,
  say: (line: string) => void,
  stopping: AbortSignal,
): Promise<void> {
  const { api } = stack.urls;
  if (api === undefined || stack.handsets === undefined || stack.controlToken === undefined) {
    throw new ExpectedError(
      'the demo needs the simulator and the role api: leave CARRIER_BASE_URL and ROLES unset (it never rings real phones)',
    );
  }
  const phones = new DemoPhones(
    new URL(stack.handsets).origin,
    stack.controlToken.reveal(),
    stopping,
  );
  const begun = Date.now();
  const step = (line: string): void =>
    say(`${((Date.now() - begun) / 1000).toFixed(2).padStart(6)} s  ${line}`);
  const call = async <T>(
    method: string,
    path: string,
    body?: object,
    token?: string,
  ): Promise<T> => {
    const { status, text } = await send(`${api}${path}`, method, body, token, stopping);
    if (status >= 300)
      throw new ExpectedError(
        `the demo stopped: ${method} ${path.replace(/[0-9a-f-]{36}/g, '…')} answered ${text}`,
      );
    return (text === '' ? {} : JSON.parse(text)) as T;
  };

  const signUp = async (name: string, language: 'en' | 'zh'): Promise<Person> => {
    const [login, password] = [
      `${name.toLowerCase()}-${randomBytes(4).toString('hex')}`,
      randomBytes(12).toString('base64url'),
    ];
    const { id } = await call<{ id: string }>('POST', '/v1/accounts', {
      login,
      password,
      name,
      language,
    });
    const { token } = await call<{ token: string }>('POST', '/v1/sessions', { login, password });
    return { name, id, token, number: randomNumber() };
  };
  const verify = async (person: Person): Promise<void> => {
    const since = await phones.now();
    const { id } = await call<{ id: string }>(
      'POST',
      '/v1/verifications',
      { number: person.number },
      person.token,
    );
    const sms = await phones.see(
      since,
      `an SMS for ${person.name}`,
      (seen) => seen.type === 'sms' && seen.number === person.number,
    );
    const code = /#(\d{6})$/.exec(sms.body ?? '')?.[1];
    if (person.name === 'Ann')
      step(
        `Ann's number is sealed, a job with an id waits for the worker, and her phone shows: ${(sms.body ?? '').replace(/\s+/g, ' ')}`,
      );
    await check(person, id, code);
  };
  const verifyByVoice = async (person: Person): Promise<void> => {
    const since = await phones.now();
    const { id } = await call<{ id: string }>(
      'POST',
      '/v1/verifications',
      { number: person.number, channel: 'voice' },
      person.token,
    );
    const ring = await phones.see(
      since,
      `${person.name}'s phone to ring`,
      (seen) => seen.type === 'ring' && seen.number === person.number,
    );
    step(`${person.name} would rather hear the code: the phone rings`);
    await phones.act(person.number, 'answer', ring.callSid);
    const asked = await phones.see(
      since,
      'the call to ask for a key',
      (seen) =>
        seen.type === 'said' && seen.callSid === ring.callSid && /press \d/.test(seen.text ?? ''),
    );
    for (const said of await phones.said(since, ring.callSid, asked.seq + 1))
      step(`  the phone says: ${said}`);
    const key = /press (\d)/.exec(asked.text ?? '')?.[1];
    await phones.act(person.number, 'keys', ring.callSid, { keys: key, whenListening: true });
    step(`${person.name} presses ${key}, which no voicemail would, and hears it`);
    const spoken = await phones.see(
      asked.seq,
      'the code to be spoken',
      (seen) =>
        seen.type === 'said' &&
        seen.callSid === ring.callSid &&
        /^(\d ){5}\d$/.test(seen.text ?? ''),
    );
    const code = (spoken.text ?? '').replaceAll(' ', '');
    step(`  the phone says, digit by digit: ${spoken.text ?? ''}`);
    await phones.act(person.number, 'hangup', ring.callSid);
    await check(person, id, code);
  };
  const check = async (person: Person, id: string, code: string | undefined): Promise<void> => {
    const { state } = await call<{ state: string }>(
      'POST',
      `/v1/verifications/${id}/check`,
      { code },
      person.token,
    );
    if (state !== 'approved')
      throw new ExpectedError(`the demo stopped: the code was not accepted (${state})`);
    step(`${person.name} types the code: the number is verified`);
  };
  /** What an app asks for: the caller IDs, or that there is nothing. */
  const look = (who: Person, path: string): Promise<{ status: number; text: string }> =>
    send(`${api}/v1/${path}/caller-id`, 'GET', undefined, who.token, stopping);
  const shownTo = async (who: Person, path: string): Promise<string[]> => {
    const { status, text } = await look(who, path);
    return status === 200
      ? (JSON.parse(text) as { callerIds: { number: string }[] }).callerIds.map((one) => one.number)
      : [];
  };
  const expectNothing = async (who: Person, path: string, when: string): Promise<void> => {
    const [there, never] = [
      await look(who, path),
      await look(who, `${path.split('/')[0] ?? ''}/00000000-0000-4000-8000-000000000000`),
    ];
    if (there.status !== 404 || there.text !== never.text)
      throw new ExpectedError(
        `the demo stopped: ${who.name} could tell ${when} that the call exists`,
      );
  };

  await phones.speakFast();
  const all = await Promise.all(
    (['Ann', 'Bob', 'Carl', 'Dora', 'Erin', 'Finn', 'Gina', 'Eve'] as const).map((name) =>
      signUp(name, 'en'),
    ),
  );
  const [ann, bob, carl, dora, erin, finn, gina, eve] = all as [
    Person,
    Person,
    Person,
    Person,
    Person,
    Person,
    Person,
    Person,
  ];
  step('Ann, Bob, Carl, Dora, Erin, Finn, Gina and Eve sign up');
  for (const person of [ann, carl, dora, erin, finn, gina]) await verify(person);
  await verifyByVoice(bob);
  const team = await call<{ id: string; inviteCode: string }>(
    'POST',
    '/v1/teams',
    { name: 'Night shift' },
    ann.token,
  );
  for (const person of [bob, carl, dora, erin, finn, gina]) {
    await call('POST', '/v1/teams/join', { inviteCode: team.inviteCode }, person.token);
    const { version } = await call<{ version: string }>(
      'GET',
      '/v1/consents/ring',
      undefined,
      person.token,
    );
    await call('PUT', `/v1/teams/${team.id}/consent`, { version }, person.token);
  }
  step("All but Eve join Ann's team by her invite code, and agree to be rung by it");

  say('');
  await ding();
  say('');
  await conference();

  say('');
  say('How often each number was opened or shown, and why (each has its entry in the ledger):');
  for (const person of all) {
    const { entries } = await call<{ entries: { body: string }[] }>(
      'GET',
      '/v1/ledger',
      undefined,
      person.token,
    );
    const counts = new Map<string, number>();
    for (const entry of entries) {
      const { basis, purpose, recipient } = JSON.parse(entry.body) as {
        basis: string;
        purpose: string;
        recipient: string;
      };
      const line = `${basis}, for a ${purpose === 'ding' ? 'Ding' : purpose}: ${reason(recipient, all)}`;
      counts.set(line, (counts.get(line) ?? 0) + 1);
    }
    say(`  ${person.name}: ${entries.length === 0 ? 'never; there is none' : ''}`);
    for (const [line, count] of counts) say(`    ${String(count)} × ${line}`);
  }

  /** To three of whom one never answers: she gets an SMS instead. */
  async function ding(): Promise<void> {
    const to = [carl, dora, erin];
    const since = await phones.now();
    const { id } = await call<{ id: string }>(
      'POST',
      '/v1/dings',
      { recipientIds: to.map((one) => one.id), text: 'The pump in hall 3 has stopped.' },
      ann.token,
    );
    const path = `dings/${id}`;
    step('Ann sends Carl, Dora and Erin a Ding');
    const [carls, doras, erins] = await Promise.all(
      to.map((one) =>
        phones.see(
          since,
          `${one.name}'s phone to ring`,
          (seen) => seen.type === 'ring' && seen.number === one.number,
        ),
      ),
    );
    step('Their phones ring, from a number of the service');
    const shown = await until(
      'Carl to be shown the caller ID',
      stopping,
      async () => (await shownTo(carl, path))[0],
    );
    if (shown !== ann.number)
      throw new ExpectedError("the demo stopped: Carl was shown another number than Ann's");
    step(`While it rings Carl's app shows the caller ID: ${shown}, Ann's`);
    await expectNothing(eve, path, 'while it rang');
    step(
      'Eve asks for it too and is told that no such call exists: 404, byte for byte as for a call that never was',
    );

    await phones.act(carl.number, 'answer', carls?.callSid);
    const menu = await phones.see(
      since,
      'the menu to be spoken',
      (seen) =>
        seen.type === 'said' && seen.callSid === carls?.callSid && /press 1/.test(seen.text ?? ''),
    );
    for (const said of await phones.said(since, carls?.callSid, menu.seq + 1))
      step(`  Carl's phone says: ${said}`);
    await phones.act(carl.number, 'keys', carls?.callSid, { keys: '1', whenListening: true });
    step('Carl presses 1');
    await phones.see(
      since,
      'the call to end',
      (seen) => seen.type === 'ended' && seen.callSid === carls?.callSid,
    );
    await phones.act(erin.number, 'decline', erins?.callSid);
    const sms = await phones.see(
      since,
      'an SMS for Erin',
      (seen) => seen.type === 'sms' && seen.number === erin.number,
    );
    step(`Erin declines, and gets an SMS at once: ${(sms.body ?? '').replace(/\s+/g, ' ')}`);
    const { state } = await call<{ state: string }>('POST', '/v1/ding-links/confirm', {
      token: (sms.body ?? '').split('#').at(-1),
    });
    if (state !== 'confirmed') throw new ExpectedError(`the demo stopped: the link said ${state}`);
    step('Erin opens the link, and presses its button: confirmed, without signing in');
    await phones.act(dora.number, 'timeout', doras?.callSid, { timer: 'ring' });
    await phones.see(
      since,
      'an SMS for Dora',
      (seen) => seen.type === 'sms' && seen.number === dora.number,
    );
    step('Dora never answers (the demo lets her minute pass at once): she gets the SMS too');
    const seen = await until('Ann to read how it stands', stopping, async () => {
      const { recipients } = await call<{
        recipients: { name: string; confirmedBy: string | null; leg: { reason: string | null } }[];
      }>('GET', `/v1/${path}`, undefined, ann.token);
      return recipients.filter((one) => one.confirmedBy !== null).length === 2
        ? recipients
        : undefined;
    });
    for (const one of seen)
      step(
        `  Ann reads: ${one.name} ${one.confirmedBy === null ? `has not confirmed (${one.leg?.reason ?? 'waiting'}; an SMS is out)` : `has confirmed by ${one.confirmedBy}`}`,
      );
    await call('POST', `/v1/${path}/recall`, undefined, ann.token);
    for (const person of all) await expectNothing(person, path, 'after its end');
    step('Ann takes the rest back; from now on nobody is shown a number for it');
  }

  /** Of three, one of whom is removed. */
  async function conference(): Promise<void> {
    // Nobody is called twice in a minute: these two haven't been called yet.
    const others = [finn, gina];
    const since = await phones.now();
    const { id } = await call<{ id: string }>(
      'POST',
      '/v1/conferences',
      { accountIds: others.map((one) => one.id) },
      ann.token,
    );
    const path = `conferences/${id}`;
    step('Ann starts a conference with Finn and Gina: all three are called');
    for (const person of [ann, finn, gina]) {
      const ring = await phones.see(
        since,
        `${person.name}'s phone to ring`,
        (seen) => seen.type === 'ring' && seen.number === person.number,
      );
      await phones.act(person.number, 'answer', ring.callSid);
      await phones.act(person.number, 'keys', ring.callSid, { keys: '1', whenListening: true });
      await phones.see(
        since,
        `${person.name} to be in the room`,
        (seen) =>
          seen.type === 'conference' &&
          seen.event === 'participant-join' &&
          seen.number === person.number,
      );
      step(`${person.name} answers, presses 1 and is in the room`);
    }
    for (const person of [ann, finn, gina]) {
      const shown = await until(`${person.name} to be shown the others`, stopping, async () => {
        const numbers = await shownTo(person, path);
        return numbers.length === 2 ? numbers : undefined;
      });
      if (shown.includes(person.number))
        throw new ExpectedError('the demo stopped: someone was shown their own number');
      step(`  ${person.name}'s app shows the other two: ${shown.join(', ')}`);
    }
    const { participants } = await call<{
      participants: { participantId: string; accountId: string }[];
    }>('GET', `/v1/${path}`, undefined, ann.token);
    await call(
      'DELETE',
      `/v1/${path}/participants/${participants.find((one) => one.accountId === gina.id)?.participantId ?? ''}`,
      undefined,
      ann.token,
    );
    await expectNothing(gina, path, 'after she was removed');
    await phones.see(
      since,
      "Gina's call to end",
      (seen) => seen.type === 'ended' && seen.number === gina.number && seen.seq > since,
    );
    step('Ann removes Gina: her call ends, and for her there is no such conference any more');
    const left = await shownTo(finn, path);
    if (left.join() !== ann.number)
      throw new ExpectedError('the demo stopped: Finn was not shown just Ann');
    step(`  Finn's app shows Ann alone: ${left.join()}`);
    await call('POST', `/v1/${path}/end`, undefined, ann.token);
    for (const person of all) await expectNothing(person, path, 'after its end');
    step('Ann ends it. Nobody is shown a number any more');
  }
}

function reason(recipient: string, people: readonly Person[]): string {
  if (recipient.startsWith('carrier:')) return 'given to the carrier, to reach the phone';
  if (recipient.startsWith('participants:'))
    return "sealed anew for the call's participants, until it ends";
  const who = people.find((one) => recipient === `account:${one.id}`);
  return `shown to ${who?.name ?? 'a participant'}, in the call`;
}

/** A valid US number with the exchange 555, which nobody has. */
function randomNumber(): string {
  return `+1${['202', '213', '312', '415', '617'][randomInt(5)] ?? '202'}555${String(randomInt(10_000)).padStart(4, '0')}`;
}

async function send(
  url: string,
  method: string,
  body: object | undefined,
  token: string | undefined,
  signal: AbortSignal,
): Promise<{ status: number; text: string }> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.any([signal, AbortSignal.timeout(STEP_MS)]),
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

/** Asks until there is an answer. */
async function until<T>(
  what: string,
  stopping: AbortSignal,
  ask: () => Promise<T | undefined>,
): Promise<T> {
  for (const deadline = Date.now() + STEP_MS; Date.now() < deadline;) {
    const found = await ask();
    if (found !== undefined) return found;
    await wait(50, undefined, { signal: stopping });
  }
  throw new ExpectedError(`the demo stopped: waited ${STEP_MS / 1000} s for ${what}`);
}

/** The handsets of the simulator, over its control API. */
class DemoPhones {
  constructor(
    private readonly url: string,
    private readonly token: string,
    private readonly stopping: AbortSignal,
  ) {}

  /** People in a demo speak faster than on the phone. */
  async speakFast(): Promise<void> {
    await send(
      `${this.url}/control/settings`,
      'PUT',
      { speechMsPerChar: 8 },
      this.token,
      this.stopping,
    );
  }

  /** The number of the newest thing that happened. */
  async now(): Promise<number> {
    return (await this.get<{ seq: number }>('/handsets')).seq;
  }

  /** The first thing after `since` that fits, waited for. */
  see(since: number, what: string, fits: (seen: Seen) => boolean): Promise<Seen> {
    return until(what, this.stopping, async () => (await this.since(since)).find(fits));
  }

  /** What a call has said between two moments. */
  async said(since: number, callSid: string | undefined, before = Infinity): Promise<string[]> {
    return (await this.since(since))
      .filter((seen) => seen.type === 'said' && seen.callSid === callSid && seen.seq < before)
      .map((seen) => seen.text ?? '');
  }

  async act(
    number: string,
    what: string,
    callSid: string | undefined,
    more: object = {},
  ): Promise<void> {
    const { status, text } = await send(
      `${this.url}/control/handsets/${encodeURIComponent(number)}/${what}`,
      'POST',
      { callSid, ...more },
      this.token,
      this.stopping,
    );
    if (status >= 300)
      throw new ExpectedError(`the demo stopped: the phone could not ${what}: ${text}`);
  }

  private since(seq: number): Promise<Seen[]> {
    return this.get(`/journal?since=${seq}`);
  }

  private async get<T>(path: string): Promise<T> {
    const { status, text } = await send(
      `${this.url}/control${path}`,
      'GET',
      undefined,
      this.token,
      this.stopping,
    );
    if (status !== 200)
      throw new ExpectedError(`the demo stopped: the simulator answered ${status}`);
    return JSON.parse(text) as T;
  }
}
