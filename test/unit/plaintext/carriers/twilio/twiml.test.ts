import fc from 'fast-check';
import type { CallScript } from '../../../../../src/calls/call-script.js';
import type { CallContext } from '../../../../../src/calls/outage-script.js';
import { Code } from '../../../../../src/plaintext/code.js';
import { renderTwiml } from '../../../../../src/plaintext/carriers/twilio/twiml.js';
import { parseTwiml } from '../../../../../src/simulator/calls/twiml.js';

const LINE: CallContext = { language: 'en', about: 'ding' };
const HOSTILE = `</Say><Dial>+19005550100</Dial><Say>&amp; "x" 'y' ]]> <!-- & <?x?> <![CDATA[`;

test("a text can't become an instruction", () => {
  const xml = renderTwiml(
    [
      { say: HOSTILE, language: 'en' },
      { ask: [{ say: HOSTILE, language: 'zh' }], timeoutSeconds: 10, turn: 1 },
    ],
    LINE,
  );
  expect(xml.match(/<(Dial|Record|Play|Redirect|Sms|Hangup)\b/g)).toBeNull();
  expect(parseTwiml(xml)).toMatchObject([
    { verb: 'say', text: HOSTILE },
    { verb: 'gather', nested: [{ verb: 'say', text: HOSTILE }] },
  ]);
});

test('a text from before the rules of writing is spoken, with a blank for what no XML holds', () => {
  const xml = renderTwiml(
    [
      { say: 'db-1 \u001b[31mDOWN', language: 'en' },
      { ask: [{ say: '\0Pump\ufffe3 \ud83d.', language: 'zh' }], timeoutSeconds: 10, turn: 1 },
    ],
    LINE,
  );
  expect(parseTwiml(xml)).toMatchObject([
    { verb: 'say', text: 'db-1 [31mDOWN' },
    { verb: 'gather', nested: [{ verb: 'say', text: 'Pump 3 .' }] },
  ]);
});

test('no character of Unicode silences a call', () => {
  const all = Array.from({ length: 0x110000 }, (_, code) => code);
  for (let from = 0; from < all.length; from += 4_096) {
    const say = all
      .slice(from, from + 4_096)
      .map((code) => `${String.fromCodePoint(code)}.`)
      .join('');
    expect(renderTwiml([{ say, language: 'en' }], LINE)).not.toMatch(
      /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u,
    );
  }
});

test('whatever is written arrives as it was written, and as nothing but speech', () => {
  fc.assert(
    fc.property(
      fc
        .string({
          unit: fc.constantFrom(...'<>&"\'/ab1 ;#x叮线é😀-!?[]'),
          minLength: 1,
          maxLength: 60,
        })
        .filter((text) => text.trim() === text && !/  /.test(text)),
      (text) => {
        expect(parseTwiml(renderTwiml([{ say: text, language: 'en' }], LINE))).toMatchObject([
          { verb: 'say', text },
        ]);
      },
    ),
  );
});

test('a menu takes one key, # too, and comes back when no key was pressed', () => {
  const [gather] = parseTwiml(
    renderTwiml(
      [{ ask: [{ say: 'Press 1.', language: 'en' }], timeoutSeconds: 10, turn: 3 }],
      LINE,
    ),
  );
  expect(gather).toMatchObject({
    verb: 'gather',
    numDigits: 1,
    timeoutS: 10,
    finishOnKey: '',
    actionOnEmptyResult: true,
    action: 'keys?turn=3&lang=en&for=ding',
    method: 'POST',
  });
});

test('pauses, voices and the end of a call', () => {
  expect(
    parseTwiml(
      renderTwiml(
        [
          { say: 'Hello', language: 'en' },
          { pauseSeconds: 2 },
          { say: '您好', language: 'zh' },
          { hangUp: true },
        ],
        LINE,
      ),
    ),
  ).toMatchObject([
    { verb: 'say', language: 'en-US' },
    { verb: 'pause', lengthS: 2 },
    { verb: 'say', language: 'cmn-CN' },
    { verb: 'hangup' },
  ]);
});

test('a code is spoken digit by digit with a pause after each, in its language; without the code the call only ends', () => {
  const script: CallScript = [
    { say: 'Your code is:', language: 'zh' },
    { sayCode: true, language: 'zh' },
    { hangUp: true },
  ];
  const xml = renderTwiml(script, LINE, Code.parse('004711'));
  expect(
    xml.match(/<say-as interpret-as="digits">\d<\/say-as><break time="900ms"\/>/g),
  ).toHaveLength(6);
  expect(parseTwiml(xml)).toMatchObject([
    { verb: 'say' },
    { verb: 'say', text: '0 0 4 7 1 1', language: 'cmn-CN' },
    { verb: 'hangup' },
  ]);
  expect(parseTwiml(renderTwiml(script, LINE))).toEqual([{ verb: 'hangup' }]);
});

test('a call that goes on comes back with the same moment', () => {
  expect(parseTwiml(renderTwiml([{ goOn: { kind: 'answered' }, retry: 1 }], LINE))).toEqual([
    { verb: 'redirect', url: 'answer?retry=1&lang=en&for=ding', method: 'POST' },
  ]);
  expect(
    parseTwiml(renderTwiml([{ goOn: { kind: 'key', digit: '#', turn: 2 }, retry: 3 }], LINE)),
  ).toMatchObject([{ url: 'keys?turn=2&digit=%23&retry=3&lang=en&for=ding' }]);
});
