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
}

interface Person {
  name: string;
  id: string;
  token: string;
  number: string;
}

/** Plays the main journey over HTTP, as people's apps and their phones would, a line for each step as it happens. */
export async function journey(stack: Stack, say: (line: string) => void, stopping: AbortSignal): Promise<void> {
  const { api } = stack.urls;
  if (api === undefined || stack.handsets === undefined || stack.controlToken === undefined) {
    throw new ExpectedError('the demo needs the simulator and the role api: leave CARRIER_BASE_URL and ROLES unset (it never rings real phones)');
  }
  const phones = new DemoPhones(new URL(stack.handsets).origin, stack.controlToken.reveal(), stopping);
  const begun = Date.now();
  const step = (line: string): void => say(`${((Date.now() - begun) / 1000).toFixed(2).padStart(6)} s  ${line}`);
  const call = async <T>(method: string, path: string, body?: object, token?: string): Promise<T> => {
    const { status, text } = await send(`${api}${path}`, method, body, token, stopping);
    if (status >= 300) throw new ExpectedError(`the demo stopped: ${method} ${path.replace(/[0-9a-f-]{36}/g, '…')} answered ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as T;
  };

  const signUp = async (name: string, language: 'en' | 'zh'): Promise<Person> => {
    const [login, password] = [`${name.toLowerCase()}-${randomBytes(4).toString('hex')}`, randomBytes(12).toString('base64url')];
    const { id } = await call<{ id: string }>('POST', '/v1/accounts', { login, password, name, language });
    const { token } = await call<{ token: string }>('POST', '/v1/sessions', { login, password });
    return { name, id, token, number: randomNumber() };
  };
  const verify = async (person: Person): Promise<void> => {
    const since = await phones.now();
    const { id } = await call<{ id: string }>('POST', '/v1/verifications', { number: person.number }, person.token);
    step(`${person.name} asks for a code; the number is sealed, and a job with an id waits for the worker`);
    const sms = await phones.see(since, `an SMS for ${person.name}`, (seen) => seen.type === 'sms' && seen.number === person.number);
    const code = /#(\d{6})$/.exec(sms.body ?? '')?.[1];
    step(`${person.name}'s phone shows: ${(sms.body ?? '').replace(/\s+/g, ' ')}`);
    const { state } = await call<{ state: string }>('POST', `/v1/verifications/${id}/check`, { code }, person.token);
    if (state !== 'approved') throw new ExpectedError(`the demo stopped: the code was not accepted (${state})`);
    step(`${person.name} types the code: the number is verified`);
  };

  const [ann, bob, eve] = [await signUp('Ann', 'en'), await signUp('Bob', 'en'), await signUp('Eve', 'en')];
  step('Ann, Bob and Eve sign up');
  await verify(ann);
  await verify(bob);
  const team = await call<{ id: string; inviteCode: string }>('POST', '/v1/teams', { name: 'Night shift' }, ann.token);
  await call('POST', '/v1/teams/join', { inviteCode: team.inviteCode }, bob.token);
  const { version } = await call<{ version: string }>('GET', '/v1/consents/ring', undefined, bob.token);
  await call('PUT', `/v1/teams/${team.id}/consent`, { version }, bob.token);
  step('Bob joins Ann\'s team by her invite code, and agrees to be rung by it');

  const since = await phones.now();
  const ding = await call<{ id: string }>('POST', '/v1/dings', { recipientIds: [bob.id], text: 'The pump in hall 3 has stopped.' }, ann.token);
  step('Ann sends Bob a Ding');
  const ring = await phones.see(since, 'Bob\'s phone to ring', (seen) => seen.type === 'ring' && seen.number === bob.number);
  step('Bob\'s phone rings, from a number of the service');
  const shown = await until('Bob to be shown the caller ID', stopping, async () => {
    const answer = await send(`${api}/v1/dings/${ding.id}/caller-id`, 'GET', undefined, bob.token, stopping);
    return answer.status === 200 ? (JSON.parse(answer.text) as { callerIds: { number: string }[] }).callerIds[0]?.number : undefined;
  });
  if (shown !== ann.number) throw new ExpectedError('the demo stopped: Bob was shown another number than Ann\'s');
  step(`While it rings Bob's app shows the caller ID: ${shown}, Ann's`);
  const stranger = await send(`${api}/v1/dings/${ding.id}/caller-id`, 'GET', undefined, eve.token, stopping);
  const never = await send(`${api}/v1/dings/00000000-0000-4000-8000-000000000000/caller-id`, 'GET', undefined, eve.token, stopping);
  if (stranger.status !== 404 || stranger.text !== never.text) throw new ExpectedError('the demo stopped: a stranger could tell that the call exists');
  step('Eve asks for it too and is told that no such call exists: 404, byte for byte as for a call that never was');

  await phones.act(bob.number, 'answer', ring.callSid);
  step('Bob answers');
  const menu = await phones.see(since, 'the menu to be spoken', (seen) => seen.type === 'said' && seen.callSid === ring.callSid && /press 1/.test(seen.text ?? ''));
  for (const said of await phones.said(since, ring.callSid, menu.seq + 1)) step(`  the phone says: ${said}`);
  await phones.act(bob.number, 'keys', ring.callSid, { keys: '1', whenListening: true });
  step('Bob presses 1');
  await phones.see(since, 'the call to end', (seen) => seen.type === 'ended' && seen.callSid === ring.callSid);
  for (const said of await phones.said(menu.seq, ring.callSid)) step(`  the phone says: ${said}`);
  await until('Ann to read that Bob has confirmed', stopping, async () => {
    const { state, recipients } = await call<{ state: string; recipients: { confirmedAt: string | null }[] }>('GET', `/v1/dings/${ding.id}`, undefined, ann.token);
    return state === 'ended' && recipients[0]?.confirmedAt ? true : undefined;
  });
  step('Ann reads: confirmed by Bob');
  const after = await send(`${api}/v1/dings/${ding.id}/caller-id`, 'GET', undefined, bob.token, stopping);
  if (after.status !== 404 || after.text !== never.text) throw new ExpectedError('the demo stopped: the caller ID is still shown after the call');
  step('The call is over: Bob asks for the caller ID again and gets the same 404');

  say('');
  say('How often each number was opened or shown, and why (each has its entry in the ledger):');
  for (const person of [ann, bob, eve]) {
    const { entries } = await call<{ entries: { body: string }[] }>('GET', '/v1/ledger', undefined, person.token);
    say(`  ${person.name}: ${entries.length === 0 ? 'never; there is none' : `${entries.length} times`}`);
    for (const entry of entries.reverse()) {
      const { basis, purpose, recipient } = JSON.parse(entry.body) as { basis: string; purpose: string; recipient: string };
      say(`    ${basis}, for ${purpose === 'ding' ? 'a Ding' : 'a verification'}: ${reason(recipient, bob.id)}`);
    }
  }
}

function reason(recipient: string, bobId: string): string {
  if (recipient.startsWith('carrier:')) return 'given to the carrier, to reach the phone';
  if (recipient.startsWith('participants:')) return 'sealed anew for the call\'s participants, until it ends';
  return recipient === `account:${bobId}` ? 'shown to Bob, who was being called' : 'shown to a participant';
}

/** A valid US number with the exchange 555, which nobody has. */
function randomNumber(): string {
  return `+1${['202', '213', '312', '415', '617'][randomInt(5)] ?? '202'}555${String(randomInt(10_000)).padStart(4, '0')}`;
}

async function send(url: string, method: string, body: object | undefined, token: string | undefined, signal: AbortSignal): Promise<{ status: number; text: string }> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.any([signal, AbortSignal.timeout(STEP_MS)]),
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

/** Asks until there is an answer. */
async function until<T>(what: string, stopping: AbortSignal, ask: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + STEP_MS; Date.now() < deadline; ) {
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
    return (await this.since(since)).filter((seen) => seen.type === 'said' && seen.callSid === callSid && seen.seq < before).map((seen) => seen.text ?? '');
  }

  async act(number: string, what: string, callSid: string | undefined, more: object = {}): Promise<void> {
    const { status, text } = await send(`${this.url}/control/handsets/${encodeURIComponent(number)}/${what}`, 'POST', { callSid, ...more }, this.token, this.stopping);
    if (status >= 300) throw new ExpectedError(`the demo stopped: the phone could not ${what}: ${text}`);
  }

  private since(seq: number): Promise<Seen[]> {
    return this.get(`/journal?since=${seq}`);
  }

  private async get<T>(path: string): Promise<T> {
    const { status, text } = await send(`${this.url}/control${path}`, 'GET', undefined, this.token, this.stopping);
    if (status !== 200) throw new ExpectedError(`the demo stopped: the simulator answered ${status}`);
    return JSON.parse(text) as T;
  }
}
