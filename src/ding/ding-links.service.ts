import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Transaction } from '../kernel/database.js';
import { hmacSha256, sha256 } from '../kernel/digest.js';
import { type Redacted, Unprintable } from '../kernel/redacted.js';
import { type LinkView, setLink } from './ding-links.repository.js';

/** Only this hash is stored: whoever reads the database can't confirm for somebody. */
export const hashLink = (token: string): Buffer => sha256(token);

/** An SMS with a link, and whom it is for. */
export interface LinkedSms {
  id: string;
  participantId: string;
}

/**
 * Binds a link's token to its SMS and to whom that is for, by a key that the worker and `api` have
 * and no login at the database: whoever can only write rows can neither make a link nor turn one
 * into another's, though an id is free again once its row was erased.
 */
export class LinkKey extends Unprintable {
  readonly #key: Buffer;

  constructor(codePepper: Redacted<Uint8Array>) {
    super();
    this.#key = hmacSha256(codePepper.reveal(), 'dingline links of Dings');
  }

  bind({ id, participantId }: LinkedSms, token: string): Buffer {
    return hmacSha256(this.#key, `${id} ${participantId} ${token}`);
  }

  isBound(link: LinkView, token: string): boolean {
    const { mac, isUnbound } = link;
    return isUnbound || (mac !== null && timingSafeEqual(mac, this.bind(link, token)));
  }
}

/** Makes the links of SMS, which lead to a page below `publicUrl`; only the worker writes any. */
export class DingLinks {
  constructor(
    private readonly publicUrl: string,
    private readonly key?: LinkKey,
  ) {}

  /**
   * Writes a new link for an SMS, and returns its address. The secret stands in the fragment, which
   * no browser sends and no log sees.
   */
  async write(trx: Transaction, sms: LinkedSms): Promise<string> {
    if (this.key === undefined) throw new Error("links are the worker's to write");
    const token = randomBytes(16).toString('base64url');
    const mac = this.key.bind(sms, token);
    await setLink(trx, sms.id, { hash: hashLink(token), mac });
    return `${this.publicUrl}/c#${token}`;
  }
}
