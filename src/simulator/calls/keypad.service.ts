import type { Network } from '../network/network.service.js';
import type { Call } from './call.js';
import { addKey, endByTimeout, NO_KEYS, type GatheredKeys } from './gather.js';
import type { Speech } from './speech.service.js';
import type { Gather } from './verbs.js';

/** The keys of one answered call: a Gather takes them, or a Dial that the star ends. */
export class Keypad {
  private onKey: ((key: string) => void) | undefined;
  private onStar: (() => void) | undefined;
  private readonly waitingKeys: { key: string; settle: (isHeard: boolean) => void }[] = [];

  constructor(
    private readonly network: Network,
    private readonly call: Call,
    private readonly speech: Speech,
    private readonly onListen: () => void,
  ) {}

  /**
   * Presses a key now. It is heard while a Gather is active (its nested Say and Pause included),
   * and lost otherwise.
   */
  press(key: string, by: 'person' | 'machine'): boolean {
    const listener = this.onKey ?? (key === '*' ? this.onStar : undefined);
    this.network.journal.add({
      type: 'key',
      number: this.call.to,
      callSid: this.call.sid,
      key,
      isHeard: listener !== undefined,
      by,
    });
    listener?.(key);
    return listener !== undefined;
  }

  /** Presses the key as soon as the call listens. Answers false if the call ends before. */
  pressWhenListening(key: string): Promise<boolean> {
    if (this.onKey !== undefined) return Promise.resolve(this.press(key, 'person'));
    return new Promise((settle) => this.waitingKeys.push({ key, settle }));
  }

  dropWaitingKeys(): void {
    for (const { settle } of this.waitingKeys.splice(0)) settle(false);
  }

  /** Lets the star do something while no Gather is active. */
  setStarAction(act: () => void): void {
    this.onStar = act;
  }

  clearStarAction(): void {
    this.onStar = undefined;
  }

  /**
   * Listens from the first nested word on; a key silences what is being said. The time-out starts
   * when the prompts have ended, and again with each key. Source: Twilio, "TwiML: Gather".
   */
  gather(verb: Gather, signal: AbortSignal): Promise<GatheredKeys> {
    const { journal, scheduler } = this.network;
    const { to: number, sid: callSid } = this.call;
    return new Promise((resolve, reject) => {
      const audio = new AbortController();
      let gathered = NO_KEYS;
      let timer: ReturnType<typeof scheduler.schedule> | undefined;
      const stopListening = (): void => {
        timer?.cancel();
        this.onKey = undefined;
        audio.abort(new Error('a key was pressed'));
        signal.removeEventListener('abort', abandon);
        journal.add({ type: 'listened', number, callSid, digits: gathered.digits });
      };
      const abandon = (): void => {
        stopListening();
        reject(signal.reason as Error);
      };
      const finish = (): void => {
        stopListening();
        resolve(gathered);
      };
      const awaitKey = (): void => {
        timer?.cancel();
        timer = scheduler.schedule(verb.timeoutS * 1_000, callSid, 'gather', () => {
          gathered = endByTimeout(gathered);
          finish();
        });
      };
      signal.addEventListener('abort', abandon, { once: true });
      this.onKey = (key) => {
        audio.abort(new Error('a key was pressed'));
        gathered = addKey(verb, gathered, key);
        if (gathered.finishedBy === undefined) awaitKey();
        else finish();
      };
      journal.add({
        type: 'listening',
        number,
        callSid,
        numDigits: verb.numDigits ?? null,
        finishOnKey: verb.finishOnKey,
      });
      this.onListen();
      const promptSignal = AbortSignal.any([signal, audio.signal]);
      void this.speech.playPrompts(verb.nested, promptSignal).then((isDone) => {
        if (isDone) awaitKey();
      });
      this.pressWaitingKeys();
    });
  }

  /** Presses the keys that waited, as long as the Gather still takes them. */
  private pressWaitingKeys(): void {
    while (this.onKey !== undefined) {
      const waiting = this.waitingKeys.shift();
      if (waiting === undefined) break;
      waiting.settle(this.press(waiting.key, 'person'));
    }
  }
}
