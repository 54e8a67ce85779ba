import { randomBytes } from 'node:crypto';
import { isEqual } from '../rest/access.js';

const makeToken = (): string => randomBytes(24).toString('base64url');

/**
 * Lets browsers in to the page of the phones without the control token, which stays away from
 * whoever reads what a start prints: terminals are shared, and output is kept in logs. What is
 * printed is an invitation that serves one browser; then there is another.
 */
export class Invitations {
  private current = makeToken();
  private readonly pages: string[] = [];

  /** `onNew` is called with the next invitation when one has been used. */
  constructor(private readonly onNew: (invitation: string) => void = () => undefined) {}

  get invitation(): string {
    return this.current;
  }

  /** Gives a page its own token for this invitation; undefined: it is not the current one. */
  accept(given: string): string | undefined {
    if (!isEqual(given, this.current)) return undefined;
    const token = makeToken();
    this.pages.push(token);
    this.current = makeToken();
    this.onNew(this.current);
    return token;
  }

  /** Tells whether this is the token of a page that was let in. */
  isOfPage(given: string): boolean {
    return this.pages.some((token) => isEqual(given, token));
  }
}
