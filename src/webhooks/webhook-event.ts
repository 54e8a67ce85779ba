import type { Channel } from '../handoff/channels.js';
import { newId } from '../kernel/ids.js';
import { scrub } from '../kernel/scrub.js';

interface VerificationData {
  verificationId: string;
}

/**
 * All that an app may learn by a webhook: ids and states. A field for a number or a code does not
 * exist.
 */
export interface WebhookData {
  'verification.started': VerificationData & { channel: Channel };
  'verification.approved': VerificationData;
  'verification.failed': VerificationData & {
    state: 'canceled' | 'expired' | 'max_attempts' | 'undeliverable' | 'blocked';
  };
  'verification.delivery': VerificationData & {
    channel: Channel;
    delivery:
      'queued' | 'sent' | 'delivered' | 'undelivered' | 'failed' | 'ringing' | 'answered' | 'ended';
  };
}
export type WebhookType = keyof WebhookData;
export type WebhookEvent = { [T in WebhookType]: { type: T; data: WebhookData[T] } }[WebhookType];

/**
 * The events that a statement may queue for an app (webhooks.sql): the body of each by its type.
 */
export interface PreparedEvents {
  appId: string;
  eventId: string;
  events: Partial<Record<WebhookType, string>>;
}

/** Undefined where nobody is to get them: no app asks, or one without a webhook. */
export function prepareEvents(
  app: { id: string; hasWebhook: boolean } | undefined,
  events: readonly WebhookEvent[],
  at: Date,
): PreparedEvents | undefined {
  if (app?.hasWebhook !== true) return undefined;
  return {
    appId: app.id,
    eventId: newId(),
    events: Object.fromEntries(events.map((event) => [event.type, serializeEvent(event, at)])),
  };
}

/**
 * The body as it is stored, signed and sent. What the log's scrubber would take out may not leave
 * either: the types forbid it, and this stands behind them.
 */
export function serializeEvent({ type, data }: WebhookEvent, at: Date): string {
  const body = JSON.stringify({ type, timestamp: at.toISOString(), data });
  if (scrub(body).count > 0) throw new Error('a webhook may hold ids and states only');
  return body;
}
