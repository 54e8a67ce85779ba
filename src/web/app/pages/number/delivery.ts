import type { VerificationGetAnswer } from '../../../client/generated/operations.js';
import type { Verifying } from '../../texts/verifying/en.js';

type Delivery = VerificationGetAnswer['delivery'];

const IS_CALL = { sms: false, voice: true } as const satisfies Record<
  NonNullable<Delivery>['channel'],
  boolean
>;

/** How far the newest SMS or call has come, in words; nothing where nothing is known yet. */
export function describeDelivery(
  delivery: Delivery,
  words: Verifying['number']['delivery'],
): string {
  if (delivery === null) return '';
  const isCall = IS_CALL[delivery.channel];
  switch (delivery.state) {
    case 'queued':
    case 'sending':
    case 'accepted':
    case 'sent':
      return isCall ? words.callOnItsWay : words.smsOnItsWay;
    case 'delivered':
      return isCall ? words.spoken : words.smsDelivered;
    case 'ringing':
    case 'answered':
    case 'held':
    case 'unknown':
      return words[delivery.state];
    default:
      return describeFailure(delivery.reason, words);
  }
}

function describeFailure(reason: string | null, words: Verifying['number']['delivery']): string {
  switch (reason) {
    case 'busy':
    case 'no_answer':
    case 'hung_up':
    case 'machine':
    case 'bad_number':
    case 'no_sms':
    case 'opted_out':
    case 'calls_away':
      return words[reason];
    case null:
    default:
      return words.failed;
  }
}

/** Whether its state may change without anything that the person does here. */
export const isOnItsWay = (delivery: Delivery): boolean =>
  delivery === null ||
  ['queued', 'held', 'sending', 'accepted', 'unknown', 'sent', 'ringing', 'answered'].includes(
    delivery.state,
  );
