import type { Words } from '../../texts/en.js';
import { type Ding, hasConfirmed, type Recipient } from './ding.js';

type DingWords = Words['dings'];
type Standing = NonNullable<Recipient['leg']>['standing'];
/** Says where a way stands, as things are now. */
export interface Speaker {
  describe: (form: 'call' | 'text' | 'app', standing: Standing) => string;
}
type Leg = NonNullable<Recipient['leg']>;
type Notification = Recipient['notifications'][number];

/** One way by which somebody was reached for, as it stands, and since when. */
export interface Step {
  readonly way: 'voice' | 'sms' | 'app';
  readonly text: string;
  readonly at: string | null;
}

export interface Described {
  /** Where this person stands, in one sentence. */
  readonly state: string;
  readonly tone: 'good' | 'wait' | 'bad';
  /** Since when. */
  readonly at: string | null;
  /** The call first, then what followed it. */
  readonly steps: readonly Step[];
  /** What happens by itself now. */
  readonly next: string | undefined;
}

/** Where one recipient stands, in words. */
export function describeRecipient(
  recipient: Recipient,
  ding: Ding,
  words: DingWords,
  speaker: Speaker,
): Described {
  const { leg, notifications } = recipient;
  const isLive = ding.state === 'live';
  const steps = [
    ...(leg === null ? [] : [describeCall(leg, speaker)]),
    ...notifications.map((one) => describeNotification(one, speaker)),
  ];
  return {
    ...describeState(recipient, ding, words),
    steps,
    next: isLive ? describeNext(recipient, words) : undefined,
  };
}

function describeState(
  recipient: Recipient,
  ding: Ding,
  words: DingWords,
): Pick<Described, 'state' | 'tone' | 'at'> {
  const { confirmedAt, confirmedBy, stoppedAt } = recipient;
  if (hasConfirmed(recipient)) {
    const state = words.confirmedBy[confirmedBy ?? 'app'];
    return { state, tone: 'good', at: confirmedAt };
  }
  if (confirmedAt !== null) return { state: words.doubted, tone: 'bad', at: confirmedAt };
  if (stoppedAt !== null) return { state: words.stopped, tone: 'bad', at: stoppedAt };
  if (ding.endReason === 'finished' && !recipient.isReached)
    return { state: words.unreached, tone: 'bad', at: null };
  if (ding.state === 'ended') return { state: words.notConfirmed, tone: 'bad', at: null };
  return { state: words.notYet, tone: 'wait', at: null };
}

/** What is over has its end's time, what goes on that of its beginning. */
function describeCall(leg: Leg, { describe }: Speaker): Step {
  const { begunAt, answeredAt, endedAt, standing } = leg;
  return { way: 'voice', text: describe('call', standing), at: endedAt ?? answeredAt ?? begunAt };
}

function describeNotification(notification: Notification, { describe }: Speaker): Step {
  const { channel, begunAt, createdAt, endedAt, standing } = notification;
  const text = describe(FORMS[channel], standing);
  return { way: channel, text, at: endedAt ?? begunAt ?? createdAt };
}

const FORMS = { sms: 'text', app: 'app' } as const satisfies Record<
  Notification['channel'],
  'text' | 'app'
>;

/** Beside a call there is one way by the carrier, and it goes out once. */
const IS_BY_CARRIER = { sms: true, app: false } as const satisfies Record<
  Recipient['notifications'][number]['channel'],
  boolean
>;

function describeNext(recipient: Recipient, words: DingWords): string | undefined {
  const { leg, notifications, stoppedAt } = recipient;
  if (hasConfirmed(recipient) || stoppedAt !== null) return undefined;
  const isCalling = leg !== null && leg.state !== 'ended';
  const hasSms = notifications.some(({ channel }) => IS_BY_CARRIER[channel]);
  if (isCalling && !hasSms) return words.next.sms;
  const isWaiting = notifications.some(({ state }) => state !== 'ended');
  return isWaiting ? words.next.wait : undefined;
}

/** Whom a Ding that is over has not reached; nothing where it has reached all. */
export function describeUnreached(words: DingWords, all: number, unreached: number): string {
  if (unreached === 0) return '';
  return unreached === all ? words.noneReached : words.unreachedCount(unreached);
}
