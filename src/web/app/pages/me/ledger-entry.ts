import type { Words } from '../../texts/en.js';
import type { CallPurpose } from './call-link.js';

/** What an entry of the ledger says of one's number, as far as it is told in words. */
export interface LedgerBody {
  readonly recipient: string;
  readonly purpose: string;
  readonly callId?: string;
  readonly looks?: number;
  readonly isQuestion?: boolean;
  readonly reason?: string;
}

export const parseBody = (body: string): LedgerBody => JSON.parse(body) as LedgerBody;

/** The call that an entry is about, where it says which. */
export function findCall({ recipient, purpose, callId }: LedgerBody) {
  const [kind, rest] = recipient.split(':');
  const id = kind === 'participants' ? rest : callId;
  return id !== undefined && isCall(purpose) ? { id, purpose } : undefined;
}

/** The account that saw the number, where it was one. */
export const findViewer = ({ recipient }: LedgerBody): string | undefined =>
  recipient.startsWith('account:') ? recipient.slice('account:'.length) : undefined;

const isCall = (purpose: string): purpose is CallPurpose =>
  purpose === 'ding' || purpose === 'conference';

/** `who`: the name of the account that saw it. What is of a kind that isn't known here is said to be so. */
export function describeEntry(
  words: Words['me']['ledger'],
  { recipient, purpose, looks, isQuestion, reason = '' }: LedgerBody,
  who: string,
): string {
  const [kind, name = ''] = recipient.split(':');
  if (kind === 'operator') return words.operator(reason);
  if (kind === 'nobody') return words.nobody;
  const capitalized = name.replace(/^./, (first) => first.toUpperCase());
  if (kind === 'carrier' && isQuestion === true) return words.question(capitalized);
  if (kind === 'carrier' && (purpose === 'verification' || isCall(purpose)))
    return words.carrier[purpose](capitalized);
  if (kind === 'participants' && isCall(purpose)) return words.participants[purpose];
  if (kind === 'account' && isCall(purpose))
    return looks === undefined ? words.shown[purpose](who) : words.looked[purpose](who, looks);
  return words.other;
}
