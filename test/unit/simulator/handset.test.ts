import { Handsets } from '../../../src/simulator/handsets/handset.js';
import { Journal } from '../../../src/simulator/network/journal.js';

const number = '+14155550101';
const world = () => {
  const journal = new Journal();
  const handsets = new Handsets();
  journal.subscribe((entry) => handsets.apply(entry));
  return { journal, handsets };
};

test('a phone shows a call from its ring to its end, with what was said and pressed', () => {
  const { journal, handsets } = world();
  const callSid = 'CA1';
  journal.add({ type: 'ring', number, callSid, from: '+15005550006', isOwn: true });
  expect(handsets.find(number)?.calls[0]).toMatchObject({
    state: 'ringing',
    hasRung: true,
    from: '+15005550006',
  });
  journal.add({ type: 'answered', number, callSid, by: 'person' });
  journal.add({ type: 'said', number, callSid, text: 'Press 1', language: 'en-US', voice: 'man' });
  journal.add({ type: 'listening', number, callSid, numDigits: 1, finishOnKey: '#' });
  expect(handsets.find(number)?.calls[0]).toMatchObject({ state: 'answered', isListening: true });
  journal.add({ type: 'key', number, callSid, key: '1', isHeard: true, by: 'person' });
  journal.add({ type: 'listened', number, callSid, digits: '1' });
  journal.add({ type: 'ended', number, callSid, status: 'completed', by: 'instructions' });
  const [call] = handsets.find(number)?.calls ?? [];
  expect(call).toMatchObject({ state: 'ended', status: 'completed', isListening: false });
  expect(call?.transcript.map(({ who, text }) => [who, text])).toEqual([
    ['line', 'Press 1'],
    ['key', '1'],
  ]);
});

test('a call that was turned away is on the phone, but has not rung', () => {
  const { journal, handsets } = world();
  journal.add({ type: 'ended', number, callSid: 'CA1', status: 'busy', by: 'network' });
  expect(handsets.find(number)?.calls).toMatchObject([
    { hasRung: false, state: 'ended', status: 'busy' },
  ]);
});

test("a call in a conference says so, until it leaves or ends; a conference's own news are on no phone", () => {
  const { journal, handsets } = world();
  const callSid = 'CA1';
  const news = {
    type: 'conference',
    conferenceSid: 'CF1',
    name: 'r1',
    label: null,
    inside: 1,
    isOnHold: false,
    reason: null,
  } as const;
  const room = () => handsets.find(number)?.calls[0]?.room;
  journal.add({ ...news, event: 'participant-join', number, callSid, isMuted: false });
  expect(room()).toMatchObject({ conferenceSid: 'CF1', name: 'r1', isMuted: false });
  journal.add({ ...news, event: 'participant-mute', number, callSid, isMuted: true });
  expect(room()).toMatchObject({ isMuted: true });
  journal.add({ ...news, event: 'conference-start', number: null, callSid: null, isMuted: false });
  journal.add({ ...news, event: 'participant-leave', number, callSid, isMuted: true });
  expect(room()).toBeNull();
  journal.add({ type: 'queued', number, callSid: 'CA2', queueMs: 1_000 });
  expect(handsets.list().map(({ calls }) => calls.length)).toEqual([1]);
});

test('messages are kept in the order of their arrival, each phone its own', () => {
  const { journal, handsets } = world();
  for (const body of ['one', 'two'])
    journal.add({ type: 'sms', number, sid: `SM${body}`, from: '+1500', body });
  journal.add({ type: 'sms', number: '+14155550102', sid: 'SM3', from: '+1500', body: 'three' });
  expect(handsets.list().map(({ messages }) => messages.map(({ body }) => body))).toEqual([
    ['one', 'two'],
    ['three'],
  ]);
});

test('the journal is read from a number on, with nothing lost between a look and a subscription', () => {
  const journal = new Journal();
  journal.add({ type: 'trouble', text: 'first' });
  const seen = journal.lastSeq;
  journal.add({ type: 'trouble', text: 'second' });
  const later: number[] = journal.listSince(seen).map(({ seq }) => seq);
  const stop = journal.subscribe(({ seq }) => later.push(seq));
  journal.add({ type: 'alert', code: 11200, sid: 'CA1', text: 'third' });
  stop();
  journal.add({ type: 'trouble', text: 'unheard' });
  expect(later).toEqual([2, 3]);
  expect(journal.listByType('alert', seen).map(({ text }) => text)).toEqual(['third']);
});
