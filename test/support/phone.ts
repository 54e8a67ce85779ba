import type { NetworkJournal, Seen, TroubleOrder } from './network-journal.js';
import { RingingCall } from './ringing-call.js';

/** `withheld` means that the phone shows a number of the service, and nobody's own. */
export interface RingExpectation {
  from?: string | RegExp;
}

/** One person's phone. Left alone, it rings until the caller gives up. */
export class Phone {
  constructor(
    private readonly journal: NetworkJournal,
    readonly number: string,
  ) {}

  /** Waits for a message that matches and that nobody has expected yet. Answers the match. */
  async expectSms(text: RegExp): Promise<RegExpExecArray> {
    const entry = await this.journal.take(
      `an SMS to ${this.number} like ${String(text)}`,
      (one) => one.type === 'sms' && one.number === this.number && text.test(String(one.body)),
      () => this.seen(),
    );
    text.lastIndex = 0;
    const match = text.exec(String(entry.body));
    if (match === null) throw new Error('unreachable: it matched a moment ago');
    return match;
  }

  async expectRing(expected: RingExpectation = {}): Promise<RingingCall> {
    const { from } = expected;
    const entry = await this.journal.take(
      `${this.number} to ring${from === undefined ? '' : ` with ${String(from)}`}`,
      (one) => one.type === 'ring' && one.number === this.number && showsFrom(one, from),
      () => this.seen(),
    );
    return new RingingCall(this.journal, this.number, String(entry.callSid), String(entry.from));
  }

  /** Waits for a call that the phone's network turned away (busy, unreachable): it never rang. */
  async expectTurnedAway(status?: string): Promise<void> {
    await this.journal.take(
      `a call to ${this.number} that doesn't ring`,
      (one) =>
        one.type === 'ended' &&
        one.number === this.number &&
        (status === undefined || one.status === status) &&
        !this.seen().some((other) => other.type === 'ring' && other.callSid === one.callSid),
      () => this.seen(),
    );
  }

  trouble(
    order: Omit<TroubleOrder, 'number'> & { kind: string },
  ): Promise<{ clear: () => Promise<void> }> {
    return this.journal.addTrouble({ ...order, number: this.number });
  }

  /** Answers all that this phone saw, expected or not, so that a test can count ("rang once"). */
  seen(): Seen[] {
    return this.journal.listSeenBy(this.number);
  }

  messages(): string[] {
    return this.seen()
      .filter((entry) => entry.type === 'sms')
      .map((entry) => String(entry.body));
  }

  rings(): Seen[] {
    return this.seen().filter((entry) => entry.type === 'ring');
  }
}

function showsFrom(entry: Seen, from: string | RegExp | undefined): boolean {
  if (from === undefined) return true;
  if (from === 'withheld') return entry.isOwn === true;
  return typeof from === 'string' ? entry.from === from : from.test(String(entry.from));
}
