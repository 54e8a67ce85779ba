import { setTimeout as sleep } from 'node:timers/promises';
import { seeded } from '../support/numbers.js';
import type { Seen } from '../support/network-journal.js';
import type { World } from '../support/world.js';

const ASK_EVERY_MS = 100;
/** What a person does with a call, by how often. */
const HABITS = [
  [0.5, 'key'],
  [0.62, 'decline'],
  [0.74, 'hang-up'],
  [0.84, 'ignore'],
  [0.9, 'stop'],
  [1, 'again'],
] as const;
type Habit = (typeof HABITS)[number][1];

/** The people at the phones: they answer, press keys, decline and hang up, each call as the seed has it. */
export class Handsets {
  readonly entries: Seen[] = [];
  private readonly habits = new Map<string, Habit>();
  private readonly pressed = new Set<string>();
  private readonly words = new Map<string, string>();
  private readonly rings = new Map<string, number>();
  private isOpen = true;
  private readonly reading: Promise<void>;

  constructor(
    private readonly world: World,
    private readonly seed: number,
  ) {
    this.reading = this.read();
  }

  /** The code that an SMS to this number has brought. */
  findCode(number: string): string | undefined {
    const sms = this.entries.findLast((one) => one.type === 'sms' && one.number === number);
    return sms && /#(\d{6})/.exec(String(sms['body']))?.[1];
  }

  async close(): Promise<void> {
    this.isOpen = false;
    await this.reading;
  }

  private async read(): Promise<void> {
    let since = 0;
    while (this.isOpen) {
      const entries = await this.world.phones.control<Seen[]>(
        'GET',
        `/journal?since=${String(since)}`,
      );
      for (const entry of entries) {
        since = entry.seq;
        this.entries.push(entry);
        this.react(entry);
      }
      await sleep(ASK_EVERY_MS);
    }
  }

  private react(entry: Seen): void {
    const { callSid, number } = entry;
    if (callSid === undefined || number === undefined) return;
    if (entry.type === 'ring') void this.ring(callSid, number);
    if (entry.type === 'said') this.words.set(callSid, String(entry['text']));
    if (entry.type === 'listening') void this.listen(callSid, number);
    if (entry.type === 'conference' && entry['event'] === 'participant-join')
      void this.later(callSid, 1_000, 5_000, () => this.act(number, 'hangup', { callSid }));
  }

  private async ring(callSid: string, number: string): Promise<void> {
    const nth = (this.rings.get(number) ?? 0) + 1;
    this.rings.set(number, nth);
    const draw = seeded(this.seed ^ Number(number.slice(-9)) ^ nth)();
    const habit = (HABITS.find(([upTo]) => draw < upTo) ?? HABITS[0])[1];
    this.habits.set(callSid, habit);
    if (habit === 'ignore') return;
    if (habit === 'decline')
      return this.later(callSid, 20, 800, () => this.act(number, 'decline', { callSid }));
    await this.later(callSid, 20, 600, () => this.act(number, 'answer', { callSid }));
    if (habit === 'hang-up')
      await this.later(callSid, 100, 800, () => this.act(number, 'hangup', { callSid }));
  }

  private async listen(callSid: string, number: string): Promise<void> {
    const habit = this.habits.get(callSid);
    const asked = /press (\d)/.exec(this.words.get(callSid) ?? '')?.[1] ?? '1';
    const isFirst = !this.pressed.has(callSid);
    this.pressed.add(callSid);
    const key = habit === 'stop' ? '9' : habit === 'again' && isFirst ? '*' : asked;
    if (habit !== 'hang-up')
      await this.later(callSid, 10, 300, () => this.act(number, 'keys', { callSid, keys: key }));
  }

  private async later(
    callSid: string,
    fromMs: number,
    toMs: number,
    work: () => Promise<void>,
  ): Promise<void> {
    const draw = seeded(this.seed ^ Number.parseInt(callSid.slice(-7), 16))();
    await sleep(fromMs + draw * (toMs - fromMs));
    if (this.isOpen) await work();
  }

  /** A call that is over by then refuses it. */
  private async act(number: string, what: string, body: object): Promise<void> {
    await this.world.phones.control('POST', `/handsets/${number}/${what}`, body).catch(() => {});
  }
}
