import type { EndReason } from '../../handoff/handoff.js';

/** Why a way has come to nothing, in the words of whoever looks for it at 3 a.m. */
const REASONS: Record<EndReason, string> = {
  hung_up: 'the call was ended as calls are',
  busy: 'the line was busy',
  no_answer: 'it rang and nobody answered',
  canceled: 'it was taken back before it went out',
  failed: 'the carrier could not place the call',
  bad_number: 'the carrier says that there is no such number',
  no_sms: 'no SMS reaches this number: a landline, or a network that takes none',
  blocked: 'the carrier, or the network, blocks it: its code says why',
  filtered: 'the carrier, or the network, takes it for unwanted: its code says why',
  opted_out: 'its person has answered STOP',
  fraud: "the carrier's guard against pumping refuses it",
  misconfigured: 'the carrier refuses our account, sender or country: its code says which',
  expired: 'it could not leave in time',
  recalled: 'whoever began it has recalled it',
  unknown:
    "the carrier's answer was lost: it may have left; the carrier's list says whether it goes out once more",
  lost: 'no news of the call came, and the carrier knows of none',
  undelivered: 'the network did not deliver it, and says no more',
  machine: 'voicemail answered, which hears no code',
  confirmed: 'it was confirmed meanwhile',
  stopped: 'its person asked to be rung no more',
  removed: 'its person was removed from the call',
  call_ended: 'the call that it was for has ended',
  ring_limit: 'its person was rung as often as one may be',
  sms_limit: 'its person was sent as many SMS as one may be',
  calls_away: 'ingress did not answer, so a call would have been silent (ingress_away in the log)',
  minutes_limit: 'whoever began it has used up the minutes of a day',
  no_consent: 'its person does not agree to be reached by whoever began it, or has left the team',
  number_refused: "an operator's rules refuse the number by now (dingline deny, NUMBER_COUNTRIES)",
  spend_cap: 'what a day may cost is used up (dingline guard figures)',
};

export const explainReason = (reason: string): string =>
  REASONS[reason as EndReason] ?? 'a newer version knows what it means';
