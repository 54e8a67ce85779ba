import { parseTwiml, TwimlError } from '../../../src/simulator/calls/twiml.js';

const verbs = (inside: string) =>
  parseTwiml(`<?xml version="1.0" encoding="UTF-8"?><!-- a note --><Response>${inside}</Response>`);

function refusal(xml: string): number {
  try {
    parseTwiml(xml);
  } catch (error) {
    if (error instanceof TwimlError) return error.code;
    throw error;
  }
  throw new Error('it was taken');
}

test("verbs come in order, with Twilio's defaults", () => {
  expect(
    verbs('<Say>Hi</Say><Pause/><Gather/><Redirect>/next</Redirect><Hangup/><Reject/>'),
  ).toEqual([
    { verb: 'say', text: 'Hi', language: 'en-US', voice: 'man', loop: 1 },
    { verb: 'pause', lengthS: 1 },
    {
      verb: 'gather',
      finishOnKey: '#',
      timeoutS: 5,
      method: 'POST',
      actionOnEmptyResult: false,
      nested: [],
    },
    { verb: 'redirect', url: '/next', method: 'POST' },
    { verb: 'hangup' },
    { verb: 'reject' },
  ]);
});

test('what is given wins over the defaults', () => {
  const [gather] = verbs(
    '<Gather input="dtmf" numDigits="4" timeout="10" finishOnKey="" action="/a?x=1&amp;y=2" method="get" actionOnEmptyResult="true"><Say language="zh-CN" voice="alice" loop="0">按 1</Say><Pause length="3"/></Gather>',
  );
  expect(gather).toEqual({
    verb: 'gather',
    numDigits: 4,
    timeoutS: 10,
    finishOnKey: '',
    action: '/a?x=1&y=2',
    method: 'GET',
    actionOnEmptyResult: true,
    nested: [
      { verb: 'say', text: '按 1', language: 'zh-CN', voice: 'alice', loop: 0 },
      { verb: 'pause', lengthS: 3 },
    ],
  });
});

test('entities are read, blanks folded, SSML taken for its words', () => {
  expect(
    verbs(
      '<Say>\n  a &lt;b&gt; &amp; &#x4F60;&#22909; &quot;c&quot;\n <break time="1s"/><prosody rate="slow">slow</prosody>ly </Say>',
    )[0],
  ).toMatchObject({ text: 'a <b> & 你好 "c" slow ly' });
});

test('an entity is read once: &amp;lt; stays &lt;', () => {
  expect(verbs('<Say>&amp;lt;b&amp;gt;</Say>')[0]).toMatchObject({ text: '&lt;b&gt;' });
});

test("a Dial into a conference has Twilio's defaults, and what is given wins", () => {
  expect(verbs('<Dial><Conference>r1</Conference></Dial>')).toEqual([
    {
      verb: 'dial',
      method: 'POST',
      timeoutS: 30,
      timeLimitS: 14_400,
      hangupOnStar: false,
      to: {
        name: 'r1',
        isMuted: false,
        startsOnEnter: true,
        endsOnExit: false,
        maxParticipants: 250,
        events: new Set(),
      },
      absent: [],
    },
  ]);
  expect(
    verbs(`<Dial action="/a" method="GET" timeLimit="60" hangupOnStar="true"><Conference muted="true"
    startConferenceOnEnter="false" endConferenceOnExit="true" maxParticipants="3" participantLabel="a"
    waitUrl="" beep="false" statusCallback="/s" statusCallbackMethod="GET"
    statusCallbackEvent="start end speaker dance">r1</Conference></Dial>`),
  ).toEqual([
    {
      verb: 'dial',
      action: '/a',
      method: 'GET',
      timeoutS: 30,
      timeLimitS: 60,
      hangupOnStar: true,
      to: {
        name: 'r1',
        isMuted: true,
        startsOnEnter: false,
        endsOnExit: true,
        maxParticipants: 3,
        label: 'a',
        statusCallback: { url: '/s', method: 'GET' },
        events: new Set(['start', 'end', 'speaker']),
      },
      absent: [],
    },
  ]);
});

test('a Dial rings numbers, in nouns or in itself', () => {
  expect(
    verbs(
      '<Dial timeout="10" callerId="+15005550006">+14155550101<Number url="/w" statusCallback="/s">+14155550102</Number></Dial>',
    ),
  ).toMatchObject([
    {
      timeoutS: 10,
      callerId: '+15005550006',
      to: [
        {
          number: '+14155550102',
          script: { url: '/w', method: 'POST' },
          statusCallback: { url: '/s' },
          events: new Set(['completed']),
        },
        { number: '+14155550101' },
      ],
    },
  ]);
});

test.each([
  ['loose words', [{ verb: 'passed-over', why: 'Text outside of a verb' }]],
  ['<Shout>hi</Shout>', [{ verb: 'passed-over', why: 'Shout is not a verb of this network' }]],
  ['<say>hi</say>', [{ verb: 'passed-over', why: 'say is not a verb of this network' }]],
  [
    '<Gather><Hangup/><Play>/a.mp3</Play></Gather>',
    [
      {
        verb: 'gather',
        nested: [
          { verb: 'passed-over', why: 'Gather may not hold hangup' },
          { verb: 'play', what: '/a.mp3' },
        ],
      },
    ],
  ],
  ['<Play loop="2">/a.mp3</Play>', [{ verb: 'play', what: '/a.mp3', loop: 2 }]],
  ['<Play digits="12"/>', [{ verb: 'play', what: 'the keys 12', loop: 1 }]],
  ['<Record maxLength="3"/>', [{ verb: 'record', finishOnKey: '1234567890*#', timeoutS: 3 }]],
  ['<Record finishOnKey="#"/>', [{ verb: 'record', finishOnKey: '#', timeoutS: 5 }]],
  ['<Enqueue action="/q">support</Enqueue>', [{ verb: 'enqueue', action: '/q', method: 'POST' }]],
  ['<Dial><Sip>a</Sip></Dial>', [{ verb: 'dial', to: [], absent: ['Sip'] }]],
  [
    '<Dial><Client>joe</Client><Number>+14155550101</Number></Dial>',
    [{ verb: 'dial', to: [{ number: '+14155550101' }], absent: ['Client'] }],
  ],
])('%s ends no call', (inside, expected) => {
  expect(verbs(inside)).toMatchObject(expected);
});

test('an empty Response has nothing to do', () => {
  expect(parseTwiml('<Response/>')).toEqual([]);
  expect(parseTwiml('<Response></Response>')).toEqual([]);
});

test.each([
  ['', 12100],
  ['no XML', 12100],
  ['<Response><Say>open</Response>', 12100],
  ['<Other/>', 12100],
  ['<Response><Gather numDigits="none"/></Response>', 12200],
  ['<Response><Gather numDigits="0"/></Response>', 12200],
  ['<Response><Pause length="-1"/></Response>', 12200],
  ['<Response><Dial/></Response>', 12200],
  ['<Response><Dial><Conference/></Dial></Response>', 12200],
  ['<Response><Dial><Conference>a</Conference><Sip>b</Sip></Dial></Response>', 12200],
  ['<Response><Dial><Pigeon>a</Pigeon></Dial></Response>', 12200],
  [
    '<Response><Dial><Conference>a</Conference><Number>+14155550101</Number></Dial></Response>',
    12200,
  ],
  ['<Response><Dial><Conference>a</Conference><Conference>b</Conference></Dial></Response>', 12200],
])('%s is refused', (xml, code) => {
  expect(refusal(xml)).toBe(code);
});
