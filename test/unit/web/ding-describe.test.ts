import { END_REASONS } from '../../../src/handoff/handoff.js';
import { describeRecipient } from '../../../src/web/app/pages/dings/describe.js';
import type { Ding, Recipient } from '../../../src/web/app/pages/dings/ding.js';
import { en } from '../../../src/web/app/texts/en.js';

const AT = '2026-03-01T02:00:00.000Z';
const LATER = '2026-03-01T02:01:00.000Z';

type Leg = NonNullable<Recipient['leg']>;
type Notification = Recipient['notifications'][number];

const leg = (some: Partial<Leg>): Leg => ({
  state: 'queued',
  reason: null,
  ringsAt: null,
  begunAt: null,
  answeredAt: null,
  endedAt: null,
  heardMachine: false,
  ...some,
});
const sms = (some: Partial<Notification>): Notification => ({
  channel: 'sms',
  state: 'queued',
  because: null,
  reason: null,
  delivery: 'none',
  createdAt: AT,
  begunAt: null,
  endedAt: null,
  ...some,
});

function describeOne(some: Partial<Recipient>, ding: Partial<Ding> = {}) {
  const bob: Recipient = {
    participantId: 'p',
    accountId: 'a',
    name: 'Bob',
    confirmedAt: null,
    confirmedBy: null,
    isDoubted: false,
    stoppedAt: null,
    leg: null,
    notifications: [],
    ...some,
  };
  const whole: Ding = {
    id: 'd',
    role: 'initiator',
    text: 'The pump has stopped.',
    channel: 'voice',
    from: { participantId: 'q', name: 'Ann' },
    state: 'live',
    endReason: null,
    createdAt: AT,
    recipients: [bob],
    ...ding,
  };
  return describeRecipient(bob, whole, en.dings);
}
const listSteps = (some: Partial<Recipient>): string[] =>
  describeOne(some).steps.map(({ way, text }) => `${way}: ${text}`);

test('a phone that rings says so, and that an SMS follows where nobody confirms', () => {
  const { state, tone, steps, next } = describeOne({ leg: leg({ state: 'ringing', begunAt: AT }) });
  expect({ state, tone, next }).toEqual({
    state: 'Hasn’t confirmed yet.',
    tone: 'wait',
    next: en.dings.next.sms,
  });
  expect(steps).toEqual([{ way: 'voice', text: 'The phone is ringing.', at: AT }]);
});

test('a call that may not ring yet has its time, for as long as it waits', () => {
  const waiting = describeOne({ leg: leg({ ringsAt: LATER }), notifications: [sms({})] });
  expect(waiting.ringsAt).toBe(LATER);
  expect(waiting.next).toBe(en.dings.next.wait);
  const over = { state: 'ended', endReason: 'recalled' } as const;
  expect(describeOne({ leg: leg({ ringsAt: LATER }) }, over).ringsAt).toBeNull();
});

test('after a call that brought nothing the SMS stands beside it, as far as it has come', () => {
  const ended = leg({ state: 'ended', reason: 'no_answer', endedAt: AT });
  const steps = (some: Partial<Notification>) =>
    listSteps({ leg: ended, notifications: [sms(some)] });
  expect(steps({})).toEqual(['voice: Nobody answered.', 'sms: On its way.']);
  const accepted = { state: 'accepted', begunAt: AT } as const;
  expect(steps({ ...accepted, delivery: 'sent' })).toContain('sms: It was sent.');
  expect(steps({ ...accepted, delivery: 'delivered' })).toContain('sms: It has arrived.');
  expect(steps({ ...accepted, delivery: 'failed' })).toContain('sms: It couldn’t be delivered.');
  const expired = { state: 'ended', reason: 'expired' } as const;
  expect(steps({ ...expired, begunAt: AT })).toContain('sms: It wasn’t confirmed in time.');
  expect(steps(expired)).toContain('sms: It couldn’t go out in time.');
});

test('a confirmation says by which way; one that a machine may have given is none', () => {
  const confirmed = { confirmedAt: LATER, confirmedBy: 'link' } as const;
  expect(describeOne(confirmed)).toMatchObject({
    state: 'Confirmed by the link in the SMS.',
    tone: 'good',
    at: LATER,
    next: undefined,
  });
  const doubted = { confirmedAt: LATER, confirmedBy: 'voice', isDoubted: true } as const;
  expect(describeOne(doubted)).toMatchObject({ state: en.dings.doubted, tone: 'bad' });
});

test('what is unknown is called unknown, and voicemail is called voicemail', () => {
  expect(listSteps({ leg: leg({ reason: 'unknown' }) })).toEqual([
    'voice: We don’t know whether it went out.',
  ]);
  const machine = leg({ state: 'ended', reason: 'hung_up', heardMachine: true });
  expect(listSteps({ leg: machine })).toEqual(['voice: Voicemail answered.']);
});

test('each reason that a carrier or a rule can give has words; those that nobody can act on share them', () => {
  const tell = (reason: string): string =>
    listSteps({ leg: leg({ state: 'ended', reason }) }).join();
  const told = [...END_REASONS, 'number_moved', 'a_new_one'].map(
    (reason) => [reason, tell(reason)] as const,
  );
  const alike = told.filter(([, text]) => text === `voice: ${en.dings.end.failed}`);
  expect(alike.map(([reason]) => reason).sort()).toEqual([
    ...['a_new_one', 'blocked', 'failed', 'filtered', 'fraud', 'lost'],
    ...['minutes_limit', 'misconfigured', 'removed', 'undelivered'],
  ]);
  expect(new Set(told.map(([, text]) => text)).size).toBe(told.length - alike.length + 1);
});
