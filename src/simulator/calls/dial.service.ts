import type { EndedBy } from '../network/journal.js';
import type { Network } from '../network/network.service.js';
import type { FormFields } from '../network/signature.js';
import type { Webhook } from '../network/webhook.js';
import { parseE164 } from '../rest/orders.js';
import type { ReasonLeft } from '../rooms/conference.js';
import type { Conferences } from '../rooms/conferences.service.js';
import { countSecondsSpoken, type Call, type CallOrder } from './call.js';
import type { Address, Dial, NumberNoun, RoomNoun } from './verbs.js';

/**
 * Why a Dial is stopped before its own end: its time is over, the star was pressed, its call got
 * other instructions, or its call has ended.
 */
export type StopReason = 'time-limit' | 'star' | 'redirected' | EndedBy;

/** A Dial that is being carried out. */
export interface RunningDial {
  /** Resolves with the fields of the request to the Dial's action. */
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

/** What a Dial works with. */
export interface DialContext {
  network: Network;
  conferences: Conferences;
  /** The call whose instructions hold the Dial. */
  call: Call;
  /** Starts a call to a number. */
  startCall: (order: CallOrder) => ChildCall;
  /** Makes an address of the document absolute. */
  resolveAddress: (address: Address) => Webhook;
}

/** As where whoever is dialled can't be reached. */
const NOBODY: RunningDial = {
  ended: Promise.resolve({ DialCallStatus: 'failed', DialBridged: 'false' }),
  stop: () => undefined,
};

/** Connects a call to a conference or to numbers. Fields: Twilio, "TwiML: Dial", parameters. */
export function startDial(context: DialContext, dial: Dial): RunningDial {
  const { network, call } = context;
  for (const name of dial.absent)
    network.journal.add({
      type: 'alert',
      code: 12200,
      sid: call.sid,
      text: `Dial: no ${name} can be reached in this network`,
    });
  if (!Array.isArray(dial.to)) return enterRoom(context, dial.to);
  return dial.to.length === 0 ? NOBODY : ringNumbers(context, dial, dial.to);
}

function enterRoom(context: DialContext, room: RoomNoun): RunningDial {
  const { conferences, call, resolveAddress } = context;
  const { name, statusCallback, ...entrance } = room;
  const stay = conferences.enter(name, call, {
    ...entrance,
    ...(statusCallback === undefined ? {} : { statusCallback: resolveAddress(statusCallback) }),
  });
  if (typeof stay === 'number') {
    const text =
      stay === 16020 ? 'The conference is full' : 'A participant of this conference has that label';
    return failDial(context, stay, text);
  }
  return {
    // A conference gives neither sid nor duration, and "answered" where a call has "completed".
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
function ringNumbers(context: DialContext, dial: Dial, nouns: readonly NumberNoun[]): RunningDial {
  const { network, call, startCall } = context;
  const from = dial.callerId === undefined ? call.from : (parseE164(dial.callerId) ?? '');
  const orders = nouns.map((noun) => buildChildOrder(context, dial, noun, from));
  if (!network.ownNumbers.has(from) || orders.includes(undefined)) {
    // 13223: not a valid number to dial; 13214: not a valid caller ID
    const code = network.ownNumbers.has(from) ? 13223 : 13214;
    return failDial(
      context,
      code,
      "Dial: a number that can't be called, or one that can't be shown",
    );
  }
  const children = orders.flatMap((order) => (order === undefined ? [] : [startCall(order)]));
  let isStopped = false;
  return {
    ended: awaitChildren(children, () => isStopped),
    stop: () => {
      isStopped = true;
      for (const child of children) child.hangUp();
    },
  };
}

/** Resolves when the child that was connected has ended, or when all ended unconnected. */
function awaitChildren(
  children: readonly ChildCall[],
  isStopped: () => boolean,
): Promise<FormFields> {
  let winner: ChildCall | undefined;
  let left = children.length;
  return new Promise((resolve) => {
    for (const child of children) {
      void child.connected.then(() => {
        if (winner !== undefined) return;
        winner = child;
        for (const other of children) if (other !== child) other.hangUp();
      });
      void child.ended.then(() => {
        left -= 1;
        const fields = buildChildFields(child.call);
        if (child === winner)
          resolve({ ...fields, DialCallStatus: 'completed', DialBridged: 'true' });
        else if (left === 0 && winner === undefined) {
          const status = isStopped() ? 'canceled' : findUnconnectedStatus(child.call);
          resolve({ ...fields, DialCallStatus: status, DialBridged: 'false' });
        }
      });
    }
  });
}

/** A child that was answered and yet never connected counts as not answered. */
function findUnconnectedStatus({ status }: Call): string {
  return status === 'completed' ? 'no-answer' : status;
}

function failDial({ network, call }: DialContext, code: number, text: string): RunningDial {
  network.journal.add({ type: 'alert', code, sid: call.sid, text });
  return { ended: Promise.resolve({ DialCallStatus: 'failed' }), stop: () => undefined };
}

function buildChildFields(child: Call): FormFields {
  return { DialCallSid: child.sid, DialCallDuration: String(countSecondsSpoken(child)) };
}

function buildChildOrder(
  { resolveAddress }: DialContext,
  dial: Dial,
  noun: NumberNoun,
  from: string,
): CallOrder | undefined {
  const to = parseE164(noun.number);
  if (to === undefined) return undefined;
  return {
    to,
    from,
    ringS: dial.timeoutS,
    timeLimitS: dial.timeLimitS,
    events: noun.events,
    source: noun.script === undefined ? { verbs: [] } : resolveAddress(noun.script),
    ...(noun.statusCallback === undefined
      ? {}
      : { statusCallback: resolveAddress(noun.statusCallback) }),
  };
}
