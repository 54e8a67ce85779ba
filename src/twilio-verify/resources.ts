import { type App, formatSid, type VerifyService } from '../apps/app.js';
import { type Language, parseLanguage } from '../texts/catalogue.js';
import { type Channel, CHANNELS } from '../handoff/channels.js';
import type { VerificationRow } from '../verification/verification-row.js';
import type { VerificationState } from '../verification/verification-session.js';

/**
 * Each state has its name at Twilio; `failed` stands for what the carrier or our guard kept from
 * its person, which has no other word there.
 */
const STATUSES: Readonly<Record<VerificationState, string>> = {
  pending: 'pending',
  approved: 'approved',
  canceled: 'canceled',
  expired: 'expired',
  max_attempts: 'max_attempts_reached',
  undeliverable: 'failed',
  blocked: 'failed',
};

/** The mask shows nothing of a number, nor its length. */
export const MASKED = '+*********';

/** An answer shows the verification or service of this app, and where it can be read. */
export interface AnswerContext {
  app: App;
  service: VerifyService;
  /** The addresses in an answer begin with this. */
  publicUrl: string;
}

/** Writes a time as Twilio does. */
const time = (at: Date): string => at.toISOString().replace(/\.\d+Z$/, 'Z');

const serviceUrl = ({ publicUrl, service }: AnswerContext): string =>
  `${publicUrl}/v2/Services/${formatSid('VA', service.id)}`;

/** A service. What ours can't or always do stands there as it is, whatever was wished for. */
export function showService(context: AnswerContext): object {
  const { app, service } = context;
  const url = serviceUrl(context);
  return {
    sid: formatSid('VA', service.id),
    account_sid: formatSid('AC', app.id),
    friendly_name: service.name,
    code_length: service.codeLength,
    lookup_enabled: false,
    psd2_enabled: false,
    skip_sms_to_landlines: true,
    dtmf_input_required: true,
    tts_name: null,
    do_not_share_warning_enabled: true,
    custom_code_enabled: false,
    push: {},
    totp: {},
    whatsapp: {},
    passkeys: {},
    default_template_sid: null,
    verify_event_subscription_enabled: false,
    date_created: time(service.createdAt),
    date_updated: time(service.createdAt),
    url,
    links: {
      verifications: `${url}/Verifications`,
      verification_checks: `${url}/VerificationCheck`,
    },
  };
}

/** `to` is a number that the request carried, or MASKED. */
export function showVerification<To>(context: AnswerContext, view: VerificationRow, to: To) {
  const sends = listSends(view);
  return {
    ...commonFields(context, view, to, sends),
    lookup: {},
    sna: null,
    url: `${serviceUrl(context)}/Verifications/${formatSid('VE', view.id)}`,
    send_code_attempts: sends.map(({ channel, at }) => ({
      attempt_sid: null,
      channel,
      time: time(at),
    })),
  };
}

export function showCheck<To>(context: AnswerContext, view: VerificationRow, to: To) {
  return { ...commonFields(context, view, to, listSends(view)), sna_attempts_error_codes: [] };
}

function commonFields<To>(
  { app, service }: AnswerContext,
  view: VerificationRow,
  to: To,
  sends: readonly Send[],
) {
  const last = sends.at(-1);
  const updatedAt = view.finishedAt ?? last?.at ?? view.createdAt;
  return {
    sid: formatSid('VE', view.id),
    service_sid: formatSid('VA', service.id),
    account_sid: formatSid('AC', app.id),
    to,
    channel: last?.channel ?? NAMES[CHANNELS[0]],
    status: STATUSES[view.state],
    valid: view.state === 'approved',
    amount: null,
    payee: null,
    date_created: time(view.createdAt),
    date_updated: time(updatedAt),
  };
}

/** What Twilio Verify calls our channels. */
const NAMES = { sms: 'sms', voice: 'call' } as const satisfies Record<Channel, string>;

/** Undefined: none of ours. */
export const channelNamed = (name: string): Channel | undefined =>
  CHANNELS.find((channel) => NAMES[channel] === name);

interface Send {
  channel: (typeof NAMES)[Channel];
  at: Date;
}

/**
 * Of its sends those whose time is kept: the first SMS and the last, and the last call. Those
 * before it are others'.
 */
function listSends({ createdAt, firstSmsAt, lastSmsAt, lastCallAt }: VerificationRow): Send[] {
  const sms =
    firstSmsAt?.getTime() === lastSmsAt?.getTime() ? [lastSmsAt] : [firstSmsAt, lastSmsAt];
  const sends: { channel: Send['channel']; at: Date | null }[] = [
    ...sms.map((at) => ({ channel: NAMES.sms, at })),
    { channel: NAMES.voice, at: lastCallAt },
  ];
  return sends
    .filter((send): send is Send => send.at !== null && send.at >= createdAt)
    .sort((a, b) => a.at.getTime() - b.at.getTime());
}

/** `de`, `de-DE`, `zh_cn`; undefined: none of ours. */
export function parseLocale(locale: string): Language | undefined {
  const [, language = ''] = /^([a-z]{2})(?:[-_][a-z]{2,4})?$/i.exec(locale) ?? [];
  return parseLanguage(language.toLowerCase());
}
