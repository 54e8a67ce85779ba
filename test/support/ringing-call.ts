import { describeEntries, type NetworkJournal, type Seen } from './network-journal.js';

/** A call on one phone, from its ring on. */
export class RingingCall {
  private heardUpTo = 0;

  constructor(
    private readonly journal: NetworkJournal,
    readonly number: string,
    readonly callSid: string,
    readonly from: string,
  ) {}

  async answer(): Promise<this> {
    await this.act('answer');
    return this;
  }

  async decline(): Promise<void> {
    await this.act('decline');
  }

  async hangUp(): Promise<void> {
    await this.act('hangup');
  }

  /**
   * Presses keys one after the other, each as soon as the call listens.
   * It fails if the call ends before.
   */
  async press(keys: string): Promise<void> {
    const { heard } = await this.act<{ heard: boolean[] }>('keys', { keys, whenListening: true });
    if (heard.includes(false))
      throw new Error(
        `the call to ${this.number} ended before it listened to ${keys}\n${describeEntries(this.seen())}`,
      );
  }

  /** Presses keys now, whether anyone listens or not. Answers for each whether it was heard. */
  async pressNow(keys: string): Promise<boolean[]> {
    return (await this.act<{ heard: boolean[] }>('keys', { keys })).heard;
  }

  /** Waits for words that match, after those that an earlier expectation matched. */
  async expectSaid(text: RegExp): Promise<RegExpExecArray> {
    const entry = await this.journal.until(
      () =>
        this.seen().find(
          (one) => one.type === 'said' && one.seq > this.heardUpTo && text.test(String(one.text)),
        ),
      () => `the call to ${this.number} to say something like ${String(text)}`,
      () => this.seen(),
    );
    this.heardUpTo = entry.seq;
    text.lastIndex = 0;
    return text.exec(String(entry.text)) as RegExpExecArray;
  }

  /** Waits until the call listens for keys. */
  async expectListening(): Promise<void> {
    await this.journal.until(
      () =>
        this.seen().findLast((one) => one.type === 'listening' || one.type === 'listened')?.type ===
          'listening' || undefined,
      () => `the call to ${this.number} to listen`,
      () => this.seen(),
    );
  }

  /**
   * Waits until the call is in a conference, and answers which.
   * It may be alone in it, and unheard.
   */
  async expectInRoom(): Promise<{ conferenceSid: string; name: string; label: string | null }> {
    const entry = await this.journal.until(
      () => this.lastInRoom('participant-join'),
      () => `the call to ${this.number} to be in a conference`,
      () => this.seen(),
    );
    return {
      conferenceSid: String(entry.conferenceSid),
      name: String(entry.name),
      label: entry.label as string | null,
    };
  }

  /** Waits until the call has left its conference; answers why. */
  async expectOutOfRoom(): Promise<{ reason: string }> {
    const entry = await this.journal.until(
      () => this.lastInRoom('participant-leave'),
      () => `the call to ${this.number} to leave its conference`,
      () => this.seen(),
    );
    return { reason: String(entry.reason) };
  }

  /** Waits for an event of the room that concerns this call, such as `participant-mute`. */
  async expectRoomEvent(event: string): Promise<void> {
    await this.journal.until(
      () =>
        this.seen().some((one) => one.type === 'conference' && one.event === event) || undefined,
      () => `the call to ${this.number} to have ${event}`,
      () => this.seen(),
    );
  }

  private lastInRoom(event: 'participant-join' | 'participant-leave'): Seen | undefined {
    const last = this.seen().findLast(
      (one) =>
        one.type === 'conference' &&
        (one.event === 'participant-join' || one.event === 'participant-leave'),
    );
    return last?.event === event ? last : undefined;
  }

  /**
   * Waits until a call screener has listened to the call.
   * It answers whether the person has the call now.
   */
  async expectScreened(): Promise<boolean> {
    const entry = await this.journal.until(
      () => this.seen().find(({ type }) => type === 'screened'),
      () => `the call to ${this.number} to be screened`,
      () => this.seen(),
    );
    return entry.passes === true;
  }

  async expectEnded(status?: string): Promise<{ status: string; by: string }> {
    const entry = await this.journal.until(
      () => this.seen().find((one) => one.type === 'ended'),
      () => `the call to ${this.number} to end`,
      () => this.seen(),
    );
    if (status !== undefined && entry.status !== status) {
      throw new Error(
        `expected the call to end as ${status}, but it ended as ${String(entry.status)}\n` +
          describeEntries(this.seen()),
      );
    }
    return { status: String(entry.status), by: String(entry.by) };
  }

  /** Lets the ring's time pass at once, as if nobody answered. */
  async letRingOut(): Promise<void> {
    await this.act('timeout', { timer: 'ring' });
    await this.expectEnded('no-answer');
  }

  /**
   * Ends at once what the call waits for, or will wait for next: a pause, machine detection, the
   * time limit of the call or of its Dial, a screener's patience.
   */
  async letPass(
    timer: 'pause' | 'speech' | 'detection' | 'time-limit' | 'dial' | 'screener',
  ): Promise<void> {
    await this.act('timeout', { timer });
  }

  /** Lets the time of the Gather pass as soon as it waits for a key, as if nobody pressed one. */
  async letGatherTimeOut(): Promise<void> {
    await this.act('timeout', { timer: 'gather' });
  }

  /** Answers all that was said so far. */
  said(): string[] {
    return this.seen()
      .filter((entry) => entry.type === 'said')
      .map((entry) => String(entry.text));
  }

  seen(): Seen[] {
    return this.journal.listSeenBy(this.number).filter((entry) => entry.callSid === this.callSid);
  }

  private act<T>(what: string, more: object = {}): Promise<T> {
    return this.journal.control<T>('POST', `/handsets/${encodeURIComponent(this.number)}/${what}`, {
      callSid: this.callSid,
      ...more,
    });
  }
}
