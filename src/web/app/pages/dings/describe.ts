import type { Words } from '../../texts/en.js';
import { type Ding, hasConfirmed, type Recipient } from './ding.js';

type DingWords = Words['dings'];
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
  /** When the phone may ring. */
  readonly ringsAt: string | null;
}

/** Where one recipient stands, in words; each fact of the API's is in one of them. */
export function describeRecipient(recipient: Recipient, ding: Ding, words: DingWords): Described {
  const { leg, notifications } = recipient;
  const isLive = ding.state === 'live';
  const steps = [
    ...(leg === null ? [] : [describeCall(leg, words)]),
    ...notifications.map((one) => describeNotification(one, words)),
  ];
  return {
    ...describeState(recipient, ding, words),
    steps,
    next: isLive ? describeNext(recipient, words) : undefined,
    ringsAt: isLive && leg?.state === 'queued' ? leg.ringsAt : null,
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
  if (ding.state === 'ended') return { state: words.notConfirmed, tone: 'bad', at: null };
  return { state: words.notYet, tone: 'wait', at: null };
}

function describeCall(leg: Leg, words: DingWords): Step {
  const { call } = words;
  const step = (text: string, at: string | null): Step => ({ way: 'voice', text, at });
  switch (leg.state) {
    case 'queued':
      if (leg.reason === 'unknown') return step(call.unknown, null);
      return step(leg.ringsAt === null ? call.queued : call.waits, null);
    case 'ringing':
      return step(call.ringing, leg.begunAt);
    case 'answered':
      return step(leg.heardMachine ? call.machine : call.answered, leg.answeredAt);
    case 'ended':
      if (leg.heardMachine) return step(call.machine, leg.endedAt);
      return step(describeEnd(leg.reason, words), leg.endedAt);
  }
}

function describeNotification(notification: Notification, words: DingWords): Step {
  const { channel, state, reason, delivery, begunAt, createdAt, endedAt } = notification;
  const step = (text: string, at: string | null): Step => ({ way: channel, text, at });
  if (state === 'ended') {
    const isOver = reason === 'expired' && begunAt !== null;
    return step(isOver ? words.end.overdue : describeEnd(reason, words), endedAt);
  }
  if (channel === 'app') return step(words.app, createdAt);
  if (state === 'queued') return step(words.sms.queued, createdAt);
  switch (delivery) {
    case 'delivered':
      return step(words.sms.delivered, begunAt);
    case 'undelivered':
    case 'failed':
      return step(words.sms.failed, begunAt);
    case 'none':
    case 'queued':
    case 'sent':
      return step(words.sms.sent, begunAt);
  }
}

/** How something ended; a reason that has no words of its own is one that the reader can't change. */
function describeEnd(reason: string | null, { end }: DingWords): string {
  const known: Readonly<Record<string, string | undefined>> = end;
  return (reason === null ? undefined : known[reason]) ?? end.failed;
}

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
