import { countSecondsSpoken, type Call, type CallOrder } from './call.js';
import type { ReasonLeft } from '../rooms/conference.js';
import type { Conferences } from '../rooms/conferences.service.js';
import { parseE164 } from '../rest/orders.js';
import type { EndedBy } from '../network/journal.js';
import type { Network } from '../network/network.service.js';
import type { FormFields } from '../network/signature.js';
import type { Address, Dial, NumberNoun, RoomNoun } from './verbs.js';
import type { Webhook } from '../network/webhook.js';

/**
 * Why a Dial is broken off: its time is over, the star was pressed, its call got other
 * instructions, or its call has ended.
 */
export type StopReason = 'time-limit' | 'star' | 'redirected' | EndedBy;

/** A Dial that is being carried out. */
export interface RunningDial {
  /** What the request to its action says of it. */
  ended: Promise<FormFields>;
  stop(why: StopReason): void;
}

/** A call that a Dial makes. */
export interface ChildCall {
  call: Call;
  connected: Promise<void>;
  ended: Promise<void>;
  hangUp(): void;
}

export interface DialContext {
  network: Network;
  conferences: Conferences;
  /** Starts a call to a number. */
  startCall: (order: CallOrder) => ChildCall;
}

type ResolveAddress = (address: Address) => Webhook;

/** Source of the fields: Twilio, "TwiML: Dial", request parameters. */
export function startDial(
  help: DialContext,
  call: Call,
  dial: Dial,
  absolute: ResolveAddress,
): RunningDial {
  return Array.isArray(dial.to)
    ? ringNumbers(help, call, dial, dial.to, absolute)
    : enterRoom(help, call, dial.to, absolute);
}

function enterRoom(
  { network, conferences }: DialContext,
  call: Call,
  room: RoomNoun,
  absolute: ResolveAddress,
): RunningDial {
  const { name, statusCallback, ...asked } = room;
  const stay = conferences.enter(name, call, {
    ...asked,
    ...(statusCallback === undefined ? {} : { statusCallback: absolute(statusCallback) }),
  });
  if (typeof stay === 'number') {
    network.journal.add({
      type: 'alert',
      code: stay,
      sid: call.sid,
      text:
        stay === 16020
          ? 'The conference is full'
          : 'A participant of this conference has that label',
    });
    return { ended: Promise.resolve({ DialCallStatus: 'failed' }), stop: () => undefined };
  }
  return {
    // Neither sid nor duration after a conference, and "answered" where a call says "completed".
    ended: stay.left.then(() => ({ DialCallStatus: 'answered' })),
    stop: (why) => stay.leave(findReasonLeft(why)),
  };
}

function findReasonLeft(why: StopReason): ReasonLeft {
  return why === 'redirected' || why === 'caller'
    ? 'participant_updated_via_api'
    : 'participant_hung_up';
}

/** All numbers ring at once; the first to answer is connected, and the others are hung up. */
function ringNumbers(
  { network, startCall: start }: DialContext,
  call: Call,
  dial: Dial,
  nouns: readonly NumberNoun[],
  absolute: ResolveAddress,
): RunningDial {
  const from = dial.callerId === undefined ? call.from : (parseE164(dial.callerId) ?? '');
  const orders = nouns.map((noun) => buildChildOrder(noun, from, dial, absolute));
  if (!network.ownNumbers.has(from) || orders.includes(undefined)) {
    // 13223: not a valid number to dial; 13214: not a valid caller ID
    const code = network.ownNumbers.has(from) ? 13223 : 13214;
    network.journal.add({
      type: 'alert',
      code,
      sid: call.sid,
      text: "Dial: a number that can't be called, or one that can't be shown",
    });
    return { ended: Promise.resolve({ DialCallStatus: 'failed' }), stop: () => undefined };
  }
  const children = orders.flatMap((order) => (order === undefined ? [] : [start(order)]));
  let winner: ChildCall | undefined;
  let isBrokenOff = false;
  const ended = new Promise<FormFields>((resolve) => {
    let left = children.length;
    for (const child of children) {
      void child.connected.then(() => {
        if (winner !== undefined) return;
        winner = child;
        for (const other of children) if (other !== child) other.hangUp();
      });
      void child.ended.then(() => {
        left -= 1;
        if (child === winner)
          resolve({
            ...buildChildFields(child.call),
            DialCallStatus: 'completed',
            DialBridged: 'true',
          });
        else if (left === 0 && winner === undefined) {
          resolve({
            ...buildChildFields(child.call),
            DialCallStatus: isBrokenOff
              ? 'canceled'
              : child.call.status === 'completed'
                ? 'no-answer'
                : child.call.status,
            DialBridged: 'false',
          });
        }
      });
    }
  });
  return {
    ended,
    stop: () => {
      isBrokenOff = true;
      for (const child of children) child.hangUp();
    },
  };
}

function buildChildFields(child: Call): FormFields {
  return { DialCallSid: child.sid, DialCallDuration: String(countSecondsSpoken(child)) };
}

function buildChildOrder(
  noun: NumberNoun,
  from: string,
  dial: Dial,
  absolute: ResolveAddress,
): CallOrder | undefined {
  const to = parseE164(noun.number);
  if (to === undefined) return undefined;
  return {
    to,
    from,
    ringS: dial.timeoutS,
    timeLimitS: dial.timeLimitS,
    events: noun.events,
    source: noun.script === undefined ? { verbs: [] } : absolute(noun.script),
    ...(noun.statusCallback === undefined ? {} : { statusCallback: absolute(noun.statusCallback) }),
  };
}
