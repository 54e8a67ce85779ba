import type { ApiSettings, WorkerSettings } from '../settings.js';
import type { SendLimits, VerificationLimits } from './verification-session.js';

/** Both roles have these limits: `worker` starts the calls of `auto` by them. */
export const sendLimits = (settings: ApiSettings | WorkerSettings): SendLimits => ({
  smsWaitsMs: settings.smsWaitsMs,
  callAfterSmsMs: settings.callAfterSmsMs,
  callWaitsMs: settings.callWaitsMs,
  calls: settings.callsAtMost,
  inTenMinutes: settings.sendsInTenMinutes,
  aDay: settings.sendsADay,
  keptForKnown: settings.sendsKeptForKnown,
  perAddressAMinute: settings.sendsPerAddressAMinute,
  autoAfterMs: settings.autoVoiceAfterMs,
});
export const verificationLimits = (settings: ApiSettings): VerificationLimits => ({
  send: sendLimits(settings),
  guess: {
    perAddressAnHour: settings.guessesPerAddressAnHour,
    perAppAnHour: settings.guessesPerAppAnHour,
  },
  readsAMinute: settings.readsAMinute,
  numbersADay: settings.numbersADay,
});
