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
  /** An operator tries the app's server; nothing has happened. */
  test: Record<string, never>;
  'verification.started': VerificationData & { channel: Channel };
  'verification.approved': VerificationData;
  'verification.failed': VerificationData & {
    state: 'canceled' | 'expired' | 'max_attempts' | 'undeliverable' | 'blocked';
  };
  'verification.delivery': VerificationData & {
    channel: Channel;
    delivery:
      'queued' | 'sent' | 'delivered' | 'undelivered' | 'failed' | 'ringing' | 'answered' | 'ended';
    /** Why it came to nothing, where it did. */
    reason?: string;
  };
}
export type WebhookType = keyof WebhookData;
export type WebhookEvent = { [T in WebhookType]: { type: T; data: WebhookData[T] } }[WebhookType];

/**
 * What a role says of an event as it stores it. What is in the body the database takes from the
 * verification's row, and it refuses what isn't so (take_webhook_facts).
 */
export type NewEvent = { appId: string; verificationId: string } & (
  | { type: 'verification.started'; channel: Channel }
  | { type: 'verification.approved' | 'verification.failed' }
  | {
      type: 'verification.delivery';
      handoffId: string;
      delivery: WebhookData['verification.delivery']['delivery'];
    }
);

/** An event as it is stored: the same at each try. */
export interface StoredEvent {
  type: WebhookType;
  /** A test has none. */
  verificationId: string | null;
  channel: string | null;
  delivery: string | null;
  reason: string | null;
  outcome: string | null;
  happenedAt: Date;
}

/** The event that a statement may queue for an app (webhooks.sql). */
export interface PreparedEvent {
  appId: string;
  eventId: string;
}

/**
 * Undefined where no app asks. Whether the app has a webhook is found by the statement: what is held
 * of it in memory may be older than a webhook that was set just now.
 */
export function prepareEvent(app: { id: string } | undefined): PreparedEvent | undefined {
  return app === undefined ? undefined : { appId: app.id, eventId: newId() };
}

/**
 * The body as it is signed and sent. What the log's scrubber would take out may not leave either:
 * the types forbid it, and this stands behind them.
 */
export function serializeEvent(event: StoredEvent): string {
  const { type, happenedAt } = event;
  const body = JSON.stringify({ type, timestamp: happenedAt.toISOString(), data: getData(event) });
  if (scrub(body).count > 0) throw new Error('a webhook may hold ids and states only');
  return body;
}

function getData(event: StoredEvent): object {
  const { type, verificationId, channel, delivery, reason, outcome } = event;
  switch (type) {
    case 'test':
      return {};
    case 'verification.started':
      return { verificationId, channel };
    case 'verification.approved':
      return { verificationId };
    case 'verification.failed':
      return { verificationId, state: outcome };
    case 'verification.delivery':
      return { verificationId, channel, delivery, ...(reason !== null && { reason }) };
  }
}
