import {
  type LookedApp,
  type LookedCall,
  type LookedVerification,
  type Step,
} from './subjects.repository.js';
import type { Way, Webhook } from './ways.repository.js';
import { describeTry } from '../tries.js';
import { formatSid } from '../../apps/app.js';
import { explainReason } from './reasons.js';

/**
 * What `dingline look` prints. A line begins with what it is about; times are UTC, as in the log.
 * No number, name or text of a person's is in what it is given.
 */
const time = (at: Date | string): string => new Date(at).toISOString();
const field = (name: string, text: string): string => `  ${name.padEnd(9)} ${text}`;
const because = (reason: string | null): string =>
  reason === null ? '' : `, ${reason}: ${explainReason(reason)}`;
const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

export function describeVerification(v: LookedVerification, now: Date): string[] {
  const isOver = v.state === 'pending' && v.expiresAt <= now;
  const ways = v.channels.join(', ') + (v.isAuto ? ', a call by itself where the SMS fails' : '');
  return [
    `verification ${v.id}: ${isOver ? 'expired' : v.state}${v.isTest ? ', of a test number' : ''}`,
    field(
      'started',
      `${time(v.createdAt)}, by ${v.app === null ? 'an account' : `app ${formatSid('AC', v.app)}`}`,
    ),
    field('until', time(v.expiresAt)),
    ...(v.finishedAt === null ? [] : [field('finished', time(v.finishedAt))]),
    field('ways', v.country === null ? ways : `${ways}; country ${v.country}`),
    field('sent', `${v.smsSends} by SMS, ${v.calls} by call`),
    field('checked', times(v.attempts).replace('0 times', 'never')),
  ];
}

export function describeCall(call: LookedCall): string[] {
  const name = call.purpose === 'ding' ? 'Ding' : 'conference';
  const end =
    call.endedAt === null
      ? `live, until ${time(call.endsAt)} at the latest`
      : `ended at ${time(call.endedAt)}, ${call.endReason ?? ''}`;
  const people = `${call.participants} participants`;
  return [
    `${name} ${call.id}: ${end}`,
    field('began', time(call.createdAt)),
    field('people', call.purpose === 'ding' ? `${people}, ${call.confirmed} confirmed` : people),
  ];
}

export function describeStep(step: Step): string[] {
  const moments = [
    ['begun', step.begunAt],
    ['answered', step.answeredAt],
    ['ended', step.endedAt],
  ].flatMap(([name, at]) => (name && at ? [`${name} ${time(at)}`] : []));
  return [
    `${step.channel} to participant ${step.place}, ${step.id}: ${step.state}${because(step.reason)}`,
    field('times', [`wanted ${time(step.createdAt)}`, ...moments].join(', ')),
    ...(step.isMachine ? [field('machine', 'the carrier heard an answering machine')] : []),
  ];
}

const describeCode = ({ carrierCode }: Way): string =>
  carrierCode === null ? '' : `, carrier's code ${carrierCode}`;

/** What was accepted has its code from a callback, and says it beside the delivery. */
function describeTries(way: Way): string {
  if (way.attempts === 0) return 'not yet';
  if (way.triedAt === null) return `${times(way.attempts)}, no answer yet`;
  const code = way.outcome === 'accepted' ? '' : describeCode(way);
  const why = way.outcome === 'unavailable' ? ': the carrier took nothing' : '';
  return `${times(way.attempts)}, last ${time(way.triedAt)}: ${way.outcome ?? ''}${code}${why}`;
}

function describeWait(way: Way, now: Date): string[] {
  if (way.state !== 'queued') return [];
  if (way.notBefore <= now)
    return [field('waits', `since ${time(way.notBefore)}, for a worker: is one running?`)];
  const why = way.outcome === 'unavailable' ? ', when the carrier is asked again' : '';
  return [field('waits', `until ${time(way.notBefore)}${why}`)];
}

/** A hand-off: how it stands, why, and what the carrier said. */
export function describeWay(way: Way, now: Date): string[] {
  const what = way.kind === 'deliver' ? way.channel : `${way.channel} ${way.kind}`;
  const state = way.isHeld ? 'held by an operator (dingline stops)' : way.state;
  const ref = way.carrierRef === null ? '' : ` as ${way.carrierRef}`;
  return [
    `hand-off ${way.id}, ${what}: ${state}${because(way.reason)}`,
    field('asked', `${time(way.createdAt)}, to leave until ${time(way.notAfter)}`),
    ...describeWait(way, now),
    field('tried', describeTries(way)),
    ...(way.carrier === null ? [] : [field('carrier', `${way.carrier}${ref}`)]),
    ...(way.delivery === 'none' ? [] : [field('delivery', `${way.delivery}${describeCode(way)}`)]),
    ...way.callbacks.map((callback) =>
      field('callback', `${time(callback.at)} ${callback.state ?? 'not kept'}`),
    ),
  ];
}

export function describeWebhook(webhook: Webhook): string[] {
  const what = webhook.delivery === null ? webhook.type : `${webhook.type} ${webhook.delivery}`;
  const next = webhook.nextAt === null ? '' : `, next ${time(webhook.nextAt)}`;
  return [
    `webhook ${webhook.id}, ${what}: ${webhook.state}`,
    field('tried', `${times(webhook.attempts)}${next}`),
    ...webhook.tries.map((one) => field('try', describeTry(one))),
  ];
}

export function describeApp(app: LookedApp): string[] {
  const webhook =
    app.webhook === null
      ? 'none'
      : !app.webhook.isEnabled
        ? `off: ${app.webhook.because ?? ''}`
        : app.webhook.failingSince === null
          ? 'well'
          : `failing since ${time(app.webhook.failingSince)}`;
  return [
    `app ${formatSid('AC', app.id)}: ${app.disabledAt === null ? 'in use' : `disabled at ${time(app.disabledAt)}`}`,
    field('webhook', webhook),
    ...app.newest.map(({ id, state, at }) => field('newest', `${time(at)} ${id} ${state}`)),
  ];
}
