import type { CallMoment, CallScript } from '../../../src/calls/call-script.js';
import { type CodeOnPhone, codeScript } from '../../../src/verification/code-script.js';

const onPhone = (more: Partial<CodeOnPhone> = {}): CodeOnPhone => ({
  language: 'en',
  isOver: false,
  isSilenced: false,
  ...more,
});
const answered: CallMoment = { kind: 'answered' };
const key = (digit: string | undefined, turn = 1, wrongKeys?: string): CallMoment => ({
  kind: 'key',
  digit,
  turn,
  ...(wrongKeys === undefined ? {} : { wrongKeys }),
});
/** Turn 1 asks for 1, and so on. */
const digitAt = (turn: number): string => String(turn);
const spoken = (script: CallScript): string[] =>
  script.flatMap((step) => ('say' in step ? [step.say] : []));
const saysCode = (script: CallScript): boolean => script.some((step) => 'sayCode' in step);
const question = (script: CallScript) => script.find((step) => 'ask' in step);

test('an answered call says who calls and why, names the key, and only then listens', () => {
  const { script, effect } = codeScript(onPhone(), answered, digitAt);
  expect(effect).toBeUndefined();
  expect(spoken(script)[0]).toMatch(
    /This is Dingline\..*asked for a code to verify this phone number/,
  );
  expect(spoken(script).at(-1)).toMatch(/press 1\.$/);
  expect(script.at(-1)).toMatchObject({ ask: [], turn: 1 });
});

test('the right key has the code spoken twice, digit by digit by whoever has it, and then the call ends', () => {
  const { script, effect } = codeScript(onPhone(), key('2', 2), digitAt);
  expect(effect).toBe('spoken');
  expect(script.filter((step) => 'sayCode' in step)).toHaveLength(2);
  expect(script.at(-1)).toEqual({ hangUp: true });
  expect(JSON.stringify(script)).not.toMatch(/\d{4}/);
});

test.each(['0', '2', '9', '*', '#'])(
  'key %s instead of it gets a kind word and another key; the call remembers it',
  (digit) => {
    const { script, effect } = codeScript(onPhone(), key(digit), digitAt);
    expect([effect, saysCode(script)]).toEqual([undefined, false]);
    expect(spoken(script)).toEqual([
      expect.stringMatching(/^Sorry/),
      expect.stringMatching(/press 2\.$/),
    ]);
    expect(question(script)).toMatchObject({ turn: 2, wrongKeys: digit });
  },
);

test('the second wrong key ends the call, and no key is right after it', () => {
  const { script } = codeScript(onPhone(), key('9', 2, '8'), digitAt);
  expect([saysCode(script), question(script), script.at(-1)]).toEqual([
    false,
    undefined,
    { hangUp: true },
  ]);
  expect(saysCode(codeScript(onPhone(), key('3', 3, '89'), digitAt).script)).toBe(false);
});

test('the key of another turn is a wrong one', () => {
  expect(saysCode(codeScript(onPhone(), key('1', 2), digitAt).script)).toBe(false);
});

test('with no key the question is repeated for at least 45 s, and then the call ends', () => {
  let { script } = codeScript(onPhone(), answered, digitAt);
  let seconds = 0;
  for (let times = 0; times < 20; times += 1) {
    const asks = question(script);
    if (asks === undefined || !('ask' in asks)) break;
    expect(spoken(script)[0]).toMatch(/Dingline/);
    seconds += asks.timeoutSeconds;
    script = codeScript(onPhone(), key(undefined, asks.turn), digitAt).script;
  }
  expect(seconds).toBeGreaterThanOrEqual(45); // what is said comes on top
  expect([saysCode(script), script.at(-1)]).toEqual([false, { hangUp: true }]);
});

test.each([answered, key('1'), key('5'), key(undefined)])(
  'a code that is over is not spoken, whatever the key: the call says so and ends (%j)',
  (moment) => {
    const { script, effect } = codeScript(onPhone({ isOver: true }), moment, digitAt);
    expect([effect, saysCode(script), script.at(-1)]).toEqual([undefined, false, { hangUp: true }]);
    expect(spoken(script)).toEqual([expect.stringMatching(/no longer needed/)]);
  },
);

test.each([answered, key('1'), key('5'), key(undefined)])(
  'where a machine was heard no key is taken and the call ends (%j)',
  (moment) => {
    expect(codeScript(onPhone({ isSilenced: true }), moment, digitAt)).toEqual({
      script: [{ hangUp: true }],
    });
  },
);

test('each language speaks for itself, the digits in its voice', () => {
  for (const language of ['en', 'zh'] as const) {
    for (const moment of [
      answered,
      key('1'),
      key('5'),
      key('5', 1, '4'),
      key(undefined),
      key(undefined, 5),
    ]) {
      for (const call of [onPhone({ language }), onPhone({ language, isOver: true })]) {
        for (const step of codeScript(call, moment, digitAt).script) {
          if ('say' in step)
            expect([step.language, /[\u4e00-\u9fff]/.test(step.say)]).toEqual([
              language,
              language === 'zh',
            ]);
          if ('sayCode' in step) expect(step.language).toBe(language);
        }
      }
    }
  }
});
