import type { CallScript } from '../../src/calls/call-script.js';
import type { CallContext } from '../../src/calls/outage-script.js';
import type { CarrierCallbacks } from '../../src/plaintext/carriers/carrier.js';
import { Code } from '../../src/plaintext/code.js';
import { BENCHES } from '../support/carriers/benches.js';

// One suite for every carrier: what a network does to a request and what we may believe of it
// afterwards, whom a callback is from and what it tells, what a call is told to say. Real: the
// carrier's own code, its SDK if it has one, HTTP. Fake: the telephone network. The second carrier
// is none that anybody sells: it shows that the contract isn't the first's.

describe.each(BENCHES)('the carrier $name, as it calls ingress,', ({ bench }) => {
  const PATH = '/carrier/capability/message';
  const [some] = bench.told;
  if (some === undefined) throw new Error('it tells something');
  let carrier: CarrierCallbacks;
  beforeAll(() => {
    carrier = bench.callbacks();
  });

  test('has the name that its rows hold', () => {
    expect(carrier.name).toBe(bench.carrier.name);
  });

  test('is known by its signature, and during a change by the next secret, too', () => {
    for (const secret of bench.secrets)
      expect(carrier.authenticate(bench.request(PATH, some.fields, { secret }))).toBeDefined();
  });

  test("is not believed when it isn't signed, by another secret, over another body, or when the signature is none", () => {
    const request = bench.request(PATH, some.fields);
    expect(
      carrier.authenticate(bench.request(PATH, some.fields, { secret: "somebody else's" })),
    ).toBeUndefined();
    expect(carrier.authenticate({ ...request, headers: {} })).toBeUndefined();
    expect(
      carrier.authenticate({
        ...request,
        body: Buffer.concat([request.body, Buffer.from('&a=1')]),
      }),
    ).toBeUndefined();
    expect(
      carrier.authenticate({
        ...request,
        body: bench.request(PATH, { ...some.fields, status: 'x', MessageStatus: 'x' }).body,
      }),
    ).toBeUndefined();
    expect(carrier.authenticate({ ...request, body: new Uint8Array() })).toBeUndefined();
    for (const [name, value] of Object.entries(request.headers)) {
      for (const other of ['', 'x', `${String(value)}x`]) {
        const isRefused =
          carrier.authenticate({ ...request, headers: { ...request.headers, [name]: other } }) ===
          undefined;
        expect([name, isRefused]).toEqual([name, /signature/.test(name)]);
      }
    }
  });

  test.each(bench.told)('tells of $what', ({ kind, fields, carrierRef, event, pressedKey }) => {
    const signed = carrier.authenticate(bench.request(PATH, fields));
    if (signed === undefined) throw new Error('it was signed');
    expect(carrier.read(kind, signed)).toMatchObject({ carrierRef, event, pressedKey });
  });

  test("tells of machines and rooms just where it says that it can, and of every call's course", () => {
    const kinds = bench.told.map(({ event }) => event?.kind);
    const states = bench.told.flatMap(({ event }) => (event?.kind === 'call' ? [event.state] : []));
    const { machineDetection, rooms, callEvents } = bench.carrier.can;
    expect([
      kinds.includes('machine'),
      kinds.includes('room'),
      states.includes('ringing') && states.includes('answered'),
    ]).toEqual([machineDetection, rooms, callEvents]);
    expect(states).toContain('ended');
  });

  test.each(bench.noEvents)("what we don't follow is no event: $fields", ({ kind, fields }) => {
    const signed = carrier.authenticate(bench.request(PATH, fields));
    expect(signed && carrier.read(kind, signed).event).toBeUndefined();
  });

  test('what it repeats is known again, what it says anew is not', () => {
    const keyOf = (eventId: string): string => {
      const signed = carrier.authenticate(bench.request(PATH, some.fields, { eventId }));
      if (signed === undefined) throw new Error('it was signed');
      return carrier.read(some.kind, signed).eventKey;
    };
    expect(keyOf('a')).toBe(keyOf('a'));
    expect(keyOf('a')).not.toBe(keyOf('b'));
    expect(keyOf('a'.repeat(9_999)).length).toBeLessThanOrEqual(200);
  });

  test('nothing that is kept of a callback holds a number', () => {
    for (const { kind, fields } of bench.told) {
      const signed = carrier.authenticate(bench.request(PATH, fields));
      const news = signed && carrier.read(kind, signed);
      expect(news).toBeDefined();
      for (const value of Object.values(fields).filter((text) => /^\+\d/.test(text)))
        expect(JSON.stringify(news)).not.toContain(value.slice(1));
    }
  });
});

describe.each(BENCHES)(
  'what a call is told to say, in the language of the carrier $name:',
  ({ bench }) => {
    const LINE: CallContext = { language: 'en', about: 'ding' };
    const HOSTILE = `</Say><Dial>+19005550100</Dial>","then":"x"},{"hangUp":true} &amp; ]]> <!--`;
    const render = (script: CallScript, code?: Code) => {
      const { contentType, body } = bench.callbacks().renderScript(script, LINE, code);
      expect(contentType).toMatch(/^[a-z]+\/[a-z]+(; charset=utf-8)?$/);
      return bench.parseScript(body);
    };

    test("a text is spoken as it was written, and can't become an instruction", () => {
      expect(
        render([{ say: HOSTILE, language: 'en' }, { pauseSeconds: 1 }, { hangUp: true }]),
      ).toEqual([{ does: 'say', text: HOSTILE }, { does: 'pause' }, { does: 'hang up' }]);
    });

    test('a question comes back with its turn, an outage with its moment, each by our own address', () => {
      expect(
        render([{ ask: [{ say: 'Press 1.', language: 'en' }], timeoutSeconds: 10, turn: 3 }]),
      ).toEqual([
        { does: 'ask', texts: ['Press 1.'], comesBackTo: 'keys?turn=3&lang=en&for=ding' },
      ]);
      expect(render([{ goOn: { kind: 'answered' }, retry: 1 }])).toEqual([
        { does: 'again', comesBackTo: 'answer?retry=1&lang=en&for=ding' },
      ]);
    });

    test('a code is spoken digit by digit; without its code the call only ends', () => {
      const script: CallScript = [
        { say: 'Your code is:', language: 'en' },
        { sayCode: true, language: 'en' },
        { hangUp: true },
      ];
      expect(render(script, Code.parse('004711'))).toEqual([
        { does: 'say', text: 'Your code is:' },
        { does: 'say', text: '0 0 4 7 1 1' },
        { does: 'hang up' },
      ]);
      expect(render(script)).toEqual([{ does: 'hang up' }]);
    });

    test('a room is joined where there are rooms; elsewhere the call ends', () => {
      const steps = render([
        { joinRoom: { room: 'r', label: 'l', isMuted: false, endsRoom: false } },
        { hangUp: true },
      ]);
      expect(steps).toEqual(
        bench.carrier.can.rooms ? [{ does: 'join' }, { does: 'hang up' }] : [{ does: 'hang up' }],
      );
    });
  },
);
