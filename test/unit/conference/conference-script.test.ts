import type { CallMoment, CallScript, CallStep } from '../../../src/calls/call-script.js';
import {
  conferenceScript,
  type ConferenceOnPhone,
} from '../../../src/conference/conference-script.js';

const phone: ConferenceOnPhone = {
  language: 'en',
  initiatorName: 'Ann',
  isInitiator: false,
  hasEnded: false,
  isMachine: false,
  room: 'a-room',
  label: 'a-leg',
  isMuted: false,
  endsRoom: false,
};
const answered: CallMoment = { kind: 'answered' };
const key = (digit: string | undefined, turn = 1): CallMoment => ({ kind: 'key', digit, turn });
const step = <K extends string>(script: CallScript, kind: K) =>
  script.find((one): one is Extract<CallStep, Record<K, unknown>> => kind in one);
const said = (script: CallScript): string =>
  script
    .flatMap((one) =>
      'say' in one ? [one.say] : 'ask' in one ? one.ask.map((prompt) => prompt.say) : [],
    )
    .join(' ');
const KEYS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', undefined];

test('an answer hears who invites, and that the others will see the number, before anything is asked', () => {
  const script = conferenceScript(phone, answered);
  expect(said(script)).toMatch(/Ann invites you.*press 1\. The others will then see your number/);
  expect(step(script, 'ask')).toMatchObject({ turn: 1, timeoutSeconds: 10 });
  expect(said(conferenceScript({ ...phone, isInitiator: true }, answered))).toMatch(
    /^Hello\. This is your conference call/,
  );
});

test('key 1 alone leads into the room, on every turn; no other key, no silence and no mere answer', () => {
  for (const turn of [1, 2, 3, 4]) {
    expect(
      KEYS.filter(
        (digit) => step(conferenceScript(phone, key(digit, turn)), 'joinRoom') !== undefined,
      ),
    ).toEqual(['1']);
  }
  expect(step(conferenceScript(phone, answered), 'joinRoom')).toBeUndefined();
});

test('the room and the leg are named by what was given, muted and ending it as was said, and a call that leaves it is hung up', () => {
  const script = conferenceScript({ ...phone, isMuted: true, endsRoom: true }, key('1'));
  expect(script.slice(-2)).toEqual([
    { joinRoom: { room: 'a-room', label: 'a-leg', isMuted: true, endsRoom: true } },
    { hangUp: true },
  ]);
  expect(JSON.stringify(script)).not.toContain('Ann');
});

test('voicemail never joins, whatever its greeting plays', () => {
  for (const moment of [answered, ...KEYS.map((digit) => key(digit))])
    expect(conferenceScript({ ...phone, isMachine: true }, moment)).toEqual([{ hangUp: true }]);
});

test('after the end it says so and hangs up, key 1 or not', () => {
  for (const moment of [answered, key('1'), key(undefined)]) {
    const script = conferenceScript({ ...phone, hasEnded: true }, moment);
    expect(said(script)).toBe('This conference is over. Goodbye.');
    expect(script.at(-1)).toEqual({ hangUp: true });
  }
});

test('left without a key the invitation is said again until at least 40 s of waiting have passed, then it ends; another key costs no turn', () => {
  const turns: number[] = [];
  let script = conferenceScript(phone, answered);
  for (let ask = step(script, 'ask'); ask !== undefined; ask = step(script, 'ask')) {
    turns.push(ask.turn);
    expect(said(script)).toMatch(/Ann invites you/);
    expect(step(conferenceScript(phone, key('5', ask.turn)), 'ask')?.turn).toBe(ask.turn);
    script = conferenceScript(phone, key(undefined, ask.turn));
  }
  expect(turns).toEqual([1, 2, 3, 4]);
  expect(said(script)).toMatch(/heard no key/);
  expect(script.at(-1)).toEqual({ hangUp: true });
});

test('in Chinese all of it is Chinese', () => {
  const li = { ...phone, language: 'zh' as const };
  const scripts = [
    conferenceScript(li, answered),
    ...['1', '5', undefined].map((digit) => conferenceScript(li, key(digit))),
    conferenceScript(li, key(undefined, 4)),
    conferenceScript({ ...li, hasEnded: true }, answered),
    conferenceScript({ ...li, isInitiator: true }, answered),
  ];
  for (const script of scripts) {
    expect(said(script)).toMatch(/\p{Script=Han}/u);
    expect(said(script).replace('Ann', '')).not.toMatch(/[a-z]/i);
    expect(JSON.stringify(script)).not.toContain('"en"');
  }
  expect(said(scripts[0] as CallScript)).toMatch(/Ann.*加入请按1/);
});
