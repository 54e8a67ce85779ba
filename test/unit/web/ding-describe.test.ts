import { END_REASONS } from '../../../src/handoff/handoff.js';
import { describeStanding } from '../../../src/texts/standing.js';
import {
  describeRecipient,
  describeUnreached,
  type Speaker,
} from '../../../src/web/app/pages/dings/describe.js';
import type { Ding, Recipient } from '../../../src/web/app/pages/dings/ding.js';
import { en } from '../../../src/web/app/texts/en.js';

const AT = '2026-03-01T02:00:00.000Z';
const LATER = '2026-03-01T02:01:00.000Z';

type Leg = NonNullable<Recipient['leg']>;
type Notification = Recipient['notifications'][number];

type Standing = Leg['standing'];
const stands = (code: Standing['code'], because: string | null = null): Standing => ({
  code,
  because,
  until: null,
  text: '',
});
const speaker: Speaker = {
  describe: (form, { code, because, until }) => {
    const at = until === null ? null : Date.parse(until);
    return describeStanding(en.standings, 'en', form, { code, because, until: at }, Date.parse(AT));
  },
};

const leg = (some: Partial<Leg>): Leg => ({
  state: 'queued',
  reason: null,
  ringsAt: null,
  begunAt: null,
  answeredAt: null,
  endedAt: null,
  heardMachine: false,
  standing: stands('waiting', 'soon'),
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
  standing: stands('waiting', 'soon'),
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
    isReached: true,
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
  return describeRecipient(bob, whole, en.dings, speaker);
}
const listSteps = (some: Partial<Recipient>): string[] =>
  describeOne(some).steps.map(({ way, text }) => `${way}: ${text}`);

test('a phone that rings says so, and that an SMS follows where nobody confirms', () => {
  const { state, tone, steps, next } = describeOne({
    leg: leg({ state: 'ringing', begunAt: AT, standing: stands('ringing') }),
  });
  expect({ state, tone, next }).toEqual({
    state: 'Hasn’t confirmed yet.',
    tone: 'wait',
    next: en.dings.next.sms,
  });
  expect(steps).toEqual([{ way: 'voice', text: 'The phone is ringing.', at: AT }]);
});

test('what waits says for what, and for how long yet', () => {
  const waits = (because: string): string =>
    listSteps({ leg: leg({ standing: { ...stands('waiting', because), until: LATER } }) }).join();
  expect(waits('in_line')).toBe('voice: The phone rings when it is its turn: in about 60 seconds.');
  expect(waits('ring_limit')).toMatch(/rung often lately.*in 60 seconds/);
  expect(waits('carrier')).toMatch(/couldn’t go out just now.*in 60 seconds/);
  const over = { ...stands('waiting', 'in_line'), until: AT };
  expect(listSteps({ leg: leg({ standing: over }) })).toEqual([
    'voice: The phone rings in a moment.',
  ]);
});

test('after a call that brought nothing the SMS stands beside it, as far as it has come', () => {
  const ended = leg({ state: 'ended', endedAt: AT, standing: stands('failed', 'no_answer') });
  const steps = (standing: Standing) =>
    listSteps({ leg: ended, notifications: [sms({ standing })] });
  expect(steps(stands('sending'))).toEqual(['voice: Nobody answered.', 'sms: On its way.']);
  expect(steps(stands('accepted'))).toContain('sms: It was sent.');
  expect(steps(stands('delivered'))).toContain('sms: It has arrived.');
  expect(steps(stands('over', 'overdue'))).toContain('sms: It wasn’t confirmed in time.');
  expect(steps(stands('failed', 'expired'))).toContain('sms: It couldn’t go out in time.');
});

test('whom a Ding that is over has not reached is said, of all, of some, and of each', () => {
  const over = { state: 'ended', endReason: 'finished' } as const;
  expect(describeOne({ isReached: false }, over)).toMatchObject({
    state: 'Could not be reached.',
    tone: 'bad',
  });
  expect(describeOne({ isReached: false }, { ...over, endReason: 'recalled' }).state).toBe(
    en.dings.notConfirmed,
  );
  expect(describeUnreached(en.dings, 2, 2)).toBe('Nobody could be reached.');
  expect(describeUnreached(en.dings, 3, 2)).toBe('2 people could not be reached.');
  expect(describeUnreached(en.dings, 3, 0)).toBe('');
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

test('a call that waits since none can be made says so, whatever time is given for it', () => {
  const standing = { ...stands('waiting', 'calls_away'), until: LATER };
  expect(listSteps({ leg: leg({ reason: 'calls_away', standing }) })).toEqual([
    'voice: No call can be made right now. The phone rings as soon as one can.',
  ]);
});

test('what is unknown is called unknown, and voicemail is called voicemail', () => {
  expect(listSteps({ leg: leg({ standing: stands('unknown') }) })).toEqual([
    'voice: We don’t know whether it went out.',
  ]);
  const machine = leg({ state: 'ended', standing: stands('failed', 'machine') });
  expect(listSteps({ leg: machine })).toEqual(['voice: Voicemail answered.']);
});

test('each reason that a carrier or a rule can give has words; those that nobody can act on share them', () => {
  const tell = (reason: string): string =>
    listSteps({ leg: leg({ state: 'ended', standing: stands('failed', reason) }) }).join();
  const told = [...END_REASONS, 'number_moved', 'a_new_one'].map(
    (reason) => [reason, tell(reason)] as const,
  );
  const alike = told.filter(([, text]) => text === `voice: ${en.standings.end.failed}`);
  expect(alike.map(([reason]) => reason).sort()).toEqual([
    ...['a_new_one', 'blocked', 'failed', 'filtered', 'fraud', 'lost'],
    ...['minutes_limit', 'misconfigured', 'undelivered'],
  ]);
  expect(new Set(told.map(([, text]) => text)).size).toBe(told.length - alike.length + 1);
});
