import { parse } from 'node:querystring';
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';
import type { CallScript } from '../../../calls/call-script.js';
import type { CallContext } from '../../../calls/outage-script.js';
import type { CarrierEvent } from '../../../handoff/handoff.js';
import type { Redacted } from '../../../kernel/redacted.js';
import type { Code } from '../../code.js';
import {
  type CallbackKind,
  CarrierCallbacks,
  type CarrierNews,
  type CarrierRequest,
  type RenderedScript,
  type SignedRequest,
} from '../carrier.js';
import {
  callEvent,
  eventKey,
  machineEvent,
  messageEvent,
  readCarrierRef,
  roomEvent,
  type TwilioForm,
} from './callback-fields.js';
import { renderTwiml } from './twiml.js';

export interface TwilioCallbacksOptions {
  /** The account's auth token, and during a rotation the next one. */
  webhookTokens: Redacted<readonly string[]>;
  /** The origin that the carrier signed: ours as it sees it, whatever proxy stands between. */
  ingressPublicUrl: string;
}

const nothing = (): undefined => undefined;
const EVENTS: Record<CallbackKind, (form: TwilioForm) => CarrierEvent | undefined> = {
  message: messageEvent,
  call: callEvent,
  machine: machineEvent,
  room: roomEvent,
  answer: nothing,
  keys: nothing,
};

/**
 * Twilio's callbacks: forms, signed with the account's auth token over our address and the form's
 * fields.
 *
 * Holds plaintext: a callback's form, while `authenticate` and `read` run; a code, while
 * `renderScript` runs.
 */
export class TwilioCallbacks extends CarrierCallbacks {
  readonly name = 'twilio';

  constructor(private readonly options: TwilioCallbacksOptions) {
    super();
  }

  authenticate({ path, headers, body }: CarrierRequest): SignedRequest | undefined {
    const signature = headers['x-twilio-signature'];
    if (typeof signature !== 'string') return undefined;
    // Without a limit: 1,000 fields are the default, and what is cut off would be missing from what
    // was signed.
    const fields = { ...parse(Buffer.from(body).toString(), '&', '=', { maxKeys: 0 }) };
    const url = `${this.options.ingressPublicUrl}${path}`;
    const tokens = this.options.webhookTokens.reveal();
    return tokens.some((token) => validateRequest(token, signature, url, fields))
      ? { headers, fields }
      : undefined;
  }

  read(kind: CallbackKind, { headers, fields }: SignedRequest): CarrierNews {
    const form = fields as TwilioForm;
    return {
      carrierRef: readCarrierRef(form),
      eventKey: eventKey(form, headers['i-twilio-idempotency-token']),
      event: EVENTS[kind](form),
      pressedKey: form.Digits,
    };
  }

  renderScript(script: CallScript, context: CallContext, code?: Code): RenderedScript {
    return { contentType: 'text/xml; charset=utf-8', body: renderTwiml(script, context, code) };
  }
}
