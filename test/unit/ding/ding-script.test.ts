import type { CallMoment, CallScript } from '../../../src/calls/call-script.js';
import { type DingOnPhone, dingScript } from '../../../src/ding/ding-script.js';

const TEXT = '  <b>Pump 3</b> & "hall" 4; press 1?\nNow.';
const onPhone = (more: Partial<DingOnPhone> = {}): DingOnPhone => ({
  language: 'en',
  senderName: 'Ann',
  text: TEXT,
  hasEnded: false,
  isRecalled: false,
  isMachine: false,
  isConfirmed: false,
  ...more,
});
const key = (digit: string | undefined, turn = 1): CallMoment => ({ kind: 'key', digit, turn });
const answered: CallMoment = { kind: 'answered' };

/** All that a script says, the prompts of its menu included. */
const spoken = (script: CallScript): string[] =>
  script.flatMap((step) =>
    'say' in step ? [step.say] : 'ask' in step ? step.ask.map((prompt) => prompt.say) : [],
  );
const listens = (script: CallScript) => script.find((step) => 'ask' in step);
const hangsUp = (script: CallScript): boolean => script.some((step) => 'hangUp' in step);

test('an answered call says who it is from, then the text as it was written, and only then listens', () => {
  const { script, effect } = dingScript(onPhone(), answered);
  expect(effect).toBeUndefined();
  expect(spoken(script)[0]).toContain('Ann');
  expect(spoken(script)[1]).toBe(TEXT);
  expect(script.findIndex((step) => 'ask' in step)).toBe(script.length - 1);
  expect(spoken(script.slice(-1))).toEqual([expect.stringMatching(/press 1.*press star.*press 9/)]);
});

test('key 1 confirms and says so', () => {
  const { script, effect } = dingScript(onPhone(), key('1'));
  expect(effect).toBe('confirm');
  expect(spoken(script).join()).toMatch(/confirmed/);
  expect(hangsUp(script)).toBe(true);
});

test.each(['0', '1', '5', '9', '*', '#', undefined])(
  'where a machine was heard, key %s means nothing and the call ends',
  (digit) => {
    expect(dingScript(onPhone({ isMachine: true }), key(digit))).toEqual({
      script: [{ hangUp: true }],
    });
  },
);

test('star says it all again, and the turn does not run out by it', () => {
  const { script, effect } = dingScript(onPhone(), key('*', 3));
  expect(effect).toBeUndefined();
  expect(spoken(script)).toContain(TEXT);
  expect(listens(script)).toMatchObject({ turn: 3 });
});

test('key 9 stops the calls of this message and says so', () => {
  const { script, effect } = dingScript(onPhone(), key('9'));
  expect(effect).toBe('stop');
  expect(spoken(script).join()).toMatch(/no more calls/);
  expect(hangsUp(script)).toBe(true);
});

test.each(['0', '2', '3', '4', '5', '6', '7', '8', '#'])(
  'key %s gets a friendly word and the menu, at the same turn',
  (digit) => {
    const { script, effect } = dingScript(onPhone(), key(digit, 2));
    expect(effect).toBeUndefined();
    expect(spoken(script)[0]).toMatch(/^Sorry/);
    expect(listens(script)).toMatchObject({ turn: 2 });
    expect(hangsUp(script)).toBe(false);
  },
);

test('with no key the message is repeated for at least 45 s, and then the call ends', () => {
  let { script } = dingScript(onPhone(), answered);
  let seconds = 0;
  let times = 0;
  for (;;) {
    const menu = listens(script);
    if (menu === undefined || !('ask' in menu)) break;
    expect(spoken(script)).toContain(TEXT);
    times += 1;
    expect(times).toBeLessThan(20);
    for (const step of script)
      seconds +=
        'pauseSeconds' in step ? step.pauseSeconds : 'ask' in step ? step.timeoutSeconds : 0;
    const next = dingScript(onPhone(), key(undefined, menu.turn));
    expect(next.effect).toBeUndefined();
    script = next.script;
  }
  expect(seconds).toBeGreaterThanOrEqual(45); // what is said comes on top
  expect(hangsUp(script)).toBe(true);
});

test.each([answered, key('1'), key('9'), key('*'), key(undefined), key('5')])(
  'a Ding that has ended says so, tells nothing and takes no key (%j)',
  (moment) => {
    for (const [isRecalled, words] of [
      [true, /taken back/],
      [false, /^This message is over\./],
    ] as const) {
      const { script, effect } = dingScript(onPhone({ hasEnded: true, isRecalled }), moment);
      expect(effect).toBeUndefined();
      expect(spoken(script)).toEqual([expect.stringMatching(words)]);
      expect(hangsUp(script)).toBe(true);
    }
  },
);

test('Chinese is spoken to those who chose it, and the text stays as it was written', () => {
  for (const moment of [
    answered,
    key('1'),
    key('9'),
    key('*'),
    key('5'),
    key(undefined),
    key(undefined, 4),
  ]) {
    for (const text of spoken(dingScript(onPhone({ language: 'zh' }), moment).script)) {
      if (text !== TEXT) expect(text).toMatch(/[\u4e00-\u9fff]/);
    }
  }
  expect(spoken(dingScript(onPhone({ language: 'zh' }), answered).script)).toContain(TEXT);
});

test('each step is spoken in the voice of its language', () => {
  for (const language of ['en', 'zh'] as const) {
    const { script } = dingScript(onPhone({ language }), answered);
    const languages = script.flatMap((step) =>
      'say' in step
        ? [step.language]
        : 'ask' in step
          ? step.ask.map((prompt) => prompt.language)
          : [],
    );
    expect(languages).toEqual([language, language, language]);
  }
});

test('who has confirmed already is told so kindly, whatever they press, also after the end; the same key 1 twice is thanked twice', () => {
  for (const hasEnded of [true, false]) {
    for (const moment of [answered, key('9'), key(undefined)]) {
      const { script, effect } = dingScript(onPhone({ isConfirmed: true, hasEnded }), moment);
      expect([spoken(script).join(), effect, hangsUp(script)]).toEqual([
        expect.stringMatching(/already, thank you/),
        undefined,
        true,
      ]);
    }
  }
  expect(dingScript(onPhone({ isConfirmed: true }), key('1')).script).toEqual(
    dingScript(onPhone(), key('1')).script,
  );
});
