import {
  isFinal,
  mayBecome,
  buildMessageCallback,
  type Message,
  type MessageOrder,
  type MessageStatus,
} from './message.js';
import type { Network } from '../network/network.service.js';
import { makeSid } from '../network/sid.js';
import { TwilioError } from '../rest/twilio-errors.js';

/** Keeps the messages of the account, and takes each one to its phone. */
export class Messages {
  private readonly bySid = new Map<string, Message>();

  constructor(private readonly network: Network) {}

  create(order: MessageOrder): Message {
    const now = new Date();
    const message: Message = {
      ...order,
      sid: makeSid('SM'),
      accountSid: this.network.accountSid,
      createdAt: now,
      updatedAt: now,
      status: 'queued',
    };
    this.bySid.set(message.sid, message);
    return message;
  }

  find(sid: string): Message | undefined {
    return this.bySid.get(sid);
  }

  listNewestFirst(): Message[] {
    return [...this.bySid.values()].reverse();
  }

  /**
   * Sets a queued message on its way. It is sent, then arrives on the phone, then counts as
   * delivered, unless a trouble decides otherwise.
   */
  dispatch(message: Message): void {
    const { scheduler, troubles, stepMs } = this.network;
    const occasion = { number: message.to, channel: 'sms' as const };
    const validity = scheduler.schedule(
      message.validityPeriodS * 1_000,
      message.sid,
      'validity',
      () => {
        this.moveTo(message, 'failed', 30036); // validity period expired
      },
    );
    const deliver = (): void => {
      if (isFinal(message.status)) return;
      validity.cancel();
      const trouble = troubles.take(['undelivered'], occasion);
      if (trouble !== undefined) return this.moveTo(message, 'undelivered', trouble.code);
      this.network.journal.add({
        type: 'sms',
        number: message.to,
        sid: message.sid,
        from: message.from,
        body: message.body,
      });
      this.moveTo(message, 'delivered');
    };
    scheduler.schedule(stepMs, message.sid, 'network', () => {
      if (message.status !== 'queued') return validity.cancel();
      const failure = troubles.take(['failed'], occasion);
      if (failure !== undefined) {
        validity.cancel();
        return this.moveTo(message, 'failed', failure.code);
      }
      const delay = troubles.take(['sms-delay'], occasion)?.ms ?? 0;
      this.moveTo(message, 'sent');
      scheduler.schedule(stepMs + delay, message.sid, 'network', deliver);
    });
  }

  /**
   * Empties a text that has reached its end. Twilio refuses it before, and refuses any text but the
   * empty one.
   */
  redact(message: Message, body: string): void {
    if (body !== '') throw new TwilioError(20001, 400, 'Body can only be updated to an empty text');
    if (!isFinal(message.status))
      throw new TwilioError(20009, 409, 'Cannot redact this resource before it is complete');
    message.body = '';
    message.updatedAt = new Date();
  }

  cancel(message: Message): void {
    if (!mayBecome(message.status, 'canceled')) throw new TwilioError(30409);
    this.moveTo(message, 'canceled');
  }

  erase(message: Message): void {
    if (!isFinal(message.status)) throw new TwilioError(20009);
    this.bySid.delete(message.sid);
  }

  private moveTo(message: Message, status: MessageStatus, errorCode?: number): void {
    if (!mayBecome(message.status, status)) return;
    const now = new Date();
    message.status = status;
    message.updatedAt = now;
    if (status === 'sent') message.sentAt = now;
    if (errorCode !== undefined) message.errorCode = errorCode;
    if (message.statusCallback === undefined) return;
    this.network.callbacks.send({
      webhook: message.statusCallback,
      fields: buildMessageCallback(message),
      purpose: 'status',
      sid: message.sid,
      number: message.to,
      channel: 'sms',
      event: status,
      isLast: isFinal(status),
    });
  }
}
