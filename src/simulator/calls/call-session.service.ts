import { buildCallFields, type Call, type Source } from './call.js';
import { requestsAction, NO_KEYS, addKey, endByTimeout, type GatheredKeys } from './gather.js';
import type { StopReason, RunningDial } from './dial.service.js';
import type { EndedBy } from '../network/journal.js';
import type { Network } from '../network/network.service.js';
import type { FormFields } from '../network/signature.js';
import {
  InstructionsError,
  loadInstructions,
  resolveTarget,
  type Step,
} from './instructions.service.js';
import type { Address, Dial, Gather, Verb } from './verbs.js';
import type { Webhook } from '../network/webhook.js';

/** Said before a call ends whose instructions can't be had, as Twilio does. */
export const APPLICATION_ERROR = "We're sorry. An application error has occurred. Goodbye.";
/** A call that asks for more documents than this runs in a circle. */
const MOST_DOCUMENTS = 500;
/**
 * Say with loop 0 repeats for ever; each round takes at least this long, also when speech takes no
 * time.
 */
const ENDLESS_ROUND_MS = 1_000;

export interface SessionOwner {
  /** The call starts to speak, or to listen. */
  onUtterance(kind: 'say' | 'gather'): void;
  /** There are no more instructions, or the last was to hang up. */
  onEnd(how: 'end' | 'hangup'): void;
  /** Connects the call to numbers or to a conference. */
  startDial(verb: Dial, absolute: (address: Address) => Webhook): RunningDial;
}

/** Why a session, or what it is doing, is broken off; undefined: the network goes away. */
class SessionStopped extends Error {
  constructor(readonly why: 'redirected' | EndedBy | undefined) {
    super(why ?? 'the network goes away');
  }
}

/**
 * One answered call: fetches its instructions, speaks, listens, until they end or someone hangs up.
 */
export class CallSession {
  private running = new AbortController();
  private onKey: ((key: string) => void) | undefined;
  /** A Dial that a star ends. */
  private onStar: (() => void) | undefined;
  private hasHungUp = false;
  private readonly waitingKeys: { key: string; settle: (isHeard: boolean) => void }[] = [];

  constructor(
    private readonly network: Network,
    private readonly call: Call,
    private readonly owner: SessionOwner,
  ) {}

  /** Starts with these instructions, and drops those that were being carried out. */
  begin(source: Source): void {
    this.running.abort(new SessionStopped('redirected'));
    this.running = new AbortController();
    void this.runFrom({ source, fields: {} }, this.running.signal);
  }

  close(by?: EndedBy): void {
    this.running.abort(new SessionStopped(by));
    for (const { settle } of this.waitingKeys.splice(0)) settle(false);
  }

  /**
   * A key pressed now: heard while a Gather is active (its nested Say and Pause included),
   * otherwise lost.
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

  /** Presses the key as soon as the call listens; false if it ends before. */
  pressWhenListening(key: string): Promise<boolean> {
    if (this.onKey !== undefined) return Promise.resolve(this.press(key, 'person'));
    return new Promise((settle) => this.waitingKeys.push({ key, settle }));
  }

  private async runFrom(first: Step, signal: AbortSignal): Promise<void> {
    let isFallback = false;
    this.hasHungUp = false;
    let step: Step | undefined = first;
    for (let documents = 0; step !== undefined; documents++) {
      try {
        if (documents >= MOST_DOCUMENTS)
          throw new InstructionsError(12200, '', 'The instructions run in a circle');
        const { verbs, url } = await loadInstructions(this.network, this.call, step, signal);
        step = await this.perform(verbs, url, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof InstructionsError)) throw error;
        this.network.journal.add({
          type: 'alert',
          code: error.code,
          sid: this.call.sid,
          text: error.message,
        });
        step =
          isFallback || this.call.fallback === undefined || documents >= MOST_DOCUMENTS
            ? undefined
            : {
                source: this.call.fallback,
                fields: { ErrorCode: String(error.code), ErrorUrl: error.url },
              };
        isFallback = true;
        if (step === undefined) this.hasHungUp = true;
        if (step === undefined)
          await this.say(APPLICATION_ERROR, 'en-US', 'man', signal).catch(() => undefined);
      }
    }
    if (!signal.aborted) this.owner.onEnd(this.hasHungUp ? 'hangup' : 'end');
  }

  /** Carries out verb after verb; answers where to go on, or undefined at the end. */
  private async perform(
    verbs: readonly Verb[],
    url: string | undefined,
    signal: AbortSignal,
  ): Promise<Step | undefined> {
    for (const verb of verbs) {
      switch (verb.verb) {
        case 'say':
        case 'pause':
          await this.sayOrPause(verb, signal);
          break;
        case 'gather': {
          const heard = await this.gatherKeys(verb, signal);
          if (!requestsAction(verb, heard)) break;
          return {
            source: resolveTarget(verb.action, verb.method, url),
            fields: {
              Digits: heard.digits,
              FinishedOnKey: heard.finishKey ?? '',
              msg: 'Gather End',
            },
          };
        }
        case 'redirect':
          return { source: resolveTarget(verb.url, verb.method, url), fields: {} };
        case 'dial': {
          const fields = await this.waitForDial(verb, url, signal);
          if (verb.action === undefined) break;
          return { source: resolveTarget(verb.action, verb.method, url), fields };
        }
        case 'hangup':
        // An outbound call was answered already, so Reject only ends it.
        case 'reject':
          this.hasHungUp = true;
          return undefined;
      }
    }
    return undefined;
  }

  /**
   * Until the Dial ends, keys are lost, but for the star where it hangs up. Answers the fields of
   * the request to its action.
   */
  private async waitForDial(
    verb: Dial,
    base: string | undefined,
    signal: AbortSignal,
  ): Promise<FormFields> {
    signal.throwIfAborted();
    const dialled = this.owner.startDial(verb, ({ url, method }) =>
      resolveTarget(url, method, base),
    );
    const stop = (why: StopReason): void => dialled.stop(why);
    const limit = this.network.scheduler.schedule(
      verb.timeLimitS * 1_000,
      this.call.sid,
      'dial',
      () => stop('time-limit'),
    );
    const abandoned = (): void => {
      const { why } = signal.reason as SessionStopped;
      if (why !== undefined) stop(why);
      // The last word of a Dial whose call has ended; what the answer says is nobody's business any
      // more.
      if (why === undefined || why === 'redirected' || verb.action === undefined) return;
      const webhook = resolveTarget(verb.action, verb.method, base);
      void dialled.ended.then((fields) =>
        this.network.callbacks.send({
          webhook,
          fields: { ...buildCallFields(this.call), ...fields },
          purpose: 'action',
          sid: this.call.sid,
          number: this.call.to,
          channel: 'call',
          event: 'dial-end',
          isLast: true,
        }),
      );
    };
    signal.addEventListener('abort', abandoned, { once: true });
    if (verb.hangupOnStar) this.onStar = () => stop('star');
    try {
      const fields = await Promise.race([dialled.ended, aborted(signal)]);
      signal.throwIfAborted();
      return fields;
    } finally {
      limit.cancel();
      signal.removeEventListener('abort', abandoned);
      this.onStar = undefined;
    }
  }

  private async sayOrPause(
    verb: Extract<Verb, { verb: 'say' | 'pause' }>,
    signal: AbortSignal,
  ): Promise<void> {
    if (verb.verb === 'pause')
      return this.network.scheduler.wait(verb.lengthS * 1_000, this.call.sid, 'pause', signal);
    for (let round = 0; verb.loop === 0 || round < verb.loop; round++) {
      await this.say(
        verb.text,
        verb.language,
        verb.voice,
        signal,
        verb.loop === 0 ? ENDLESS_ROUND_MS : 0,
      );
    }
  }

  private async say(
    text: string,
    language: string,
    voice: string,
    signal: AbortSignal,
    leastMs = 0,
  ): Promise<void> {
    signal.throwIfAborted();
    this.network.journal.add({
      type: 'said',
      number: this.call.to,
      callSid: this.call.sid,
      text,
      language,
      voice,
    });
    this.owner.onUtterance('say');
    await this.network.scheduler.wait(
      Math.max(leastMs, text.length * this.network.speechMsPerChar),
      this.call.sid,
      'speech',
      signal,
    );
  }

  /**
   * Listens, from the first nested word on; a key silences what is being said. The time-out starts
   * when that has ended, and again with each key. Source: Twilio, "TwiML: Gather".
   */
  private gatherKeys(verb: Gather, signal: AbortSignal): Promise<GatheredKeys> {
    const { journal, scheduler } = this.network;
    const { to: number, sid: callSid } = this.call;
    return new Promise((resolve, reject) => {
      const audio = new AbortController();
      let heard = NO_KEYS;
      let timer: ReturnType<typeof scheduler.schedule> | undefined;
      const stop = (): void => {
        timer?.cancel();
        this.onKey = undefined;
        audio.abort(new Error('a key was pressed'));
        signal.removeEventListener('abort', abandoned);
      };
      const abandoned = (): void => {
        stop();
        journal.add({ type: 'listened', number, callSid, digits: heard.digits });
        reject(signal.reason as Error);
      };
      const settle = (): void => {
        stop();
        journal.add({ type: 'listened', number, callSid, digits: heard.digits });
        resolve(heard);
      };
      const awaitKey = (): void => {
        timer?.cancel();
        timer = scheduler.schedule(verb.timeoutS * 1_000, callSid, 'gather', () => {
          heard = endByTimeout(heard);
          settle();
        });
      };
      signal.addEventListener('abort', abandoned, { once: true });
      this.onKey = (key) => {
        audio.abort(new Error('a key was pressed'));
        heard = addKey(verb, heard, key);
        if (heard.finishedBy === undefined) awaitKey();
        else settle();
      };
      journal.add({
        type: 'listening',
        number,
        callSid,
        numDigits: verb.numDigits ?? null,
        finishOnKey: verb.finishOnKey,
      });
      this.owner.onUtterance('gather');
      void this.playPrompts(verb.nested, AbortSignal.any([signal, audio.signal])).then((isDone) => {
        if (isDone) awaitKey();
      });
      while (this.onKey !== undefined) {
        const waiting = this.waitingKeys.shift();
        if (waiting === undefined) break;
        waiting.settle(this.press(waiting.key, 'person'));
      }
    });
  }

  /** False if it was silenced. */
  private async playPrompts(verbs: readonly Verb[], signal: AbortSignal): Promise<boolean> {
    try {
      for (const verb of verbs) {
        if (verb.verb === 'say' || verb.verb === 'pause') await this.sayOrPause(verb, signal);
      }
      return !signal.aborted;
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    }
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );
}
