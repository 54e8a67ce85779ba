import { buildCallFields, type Call, type Source } from './call.js';
import { requestsAction } from './gather.js';
import { Keypad } from './keypad.service.js';
import { Speech } from './speech.service.js';
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
import type { Address, Dial, Record, Verb } from './verbs.js';
import type { Webhook } from '../network/webhook.js';

/** Twilio says this before it ends a call whose instructions can't be had. */
const APPLICATION_ERROR = "We're sorry. An application error has occurred. Goodbye.";
/** A call that asks for more documents than this runs in a circle. */
const MAX_DOCUMENTS = 500;

export interface SessionOwner {
  /** Is called when the call starts to speak, or to listen. */
  onUtterance(kind: 'say' | 'gather'): void;
  /** Is called when there are no more instructions (`end`), or the last was to hang up. */
  onEnd(how: 'end' | 'hangup'): void;
  /** Connects the call to numbers or to a conference. */
  startDial(verb: Dial, resolveAddress: (address: Address) => Webhook): RunningDial;
}

/** Stops a session, or what it is doing. Without a reason the network itself goes away. */
class SessionStopped extends Error {
  constructor(readonly why: 'redirected' | EndedBy | undefined) {
    super(why ?? 'the network goes away');
  }
}

/**
 * Carries out the instructions of one answered call: it fetches them, speaks and listens until they
 * end or someone hangs up.
 */
export class CallSession {
  readonly keypad: Keypad;
  private readonly speech: Speech;
  private running = new AbortController();
  private hasHungUp = false;

  constructor(
    private readonly network: Network,
    private readonly call: Call,
    private readonly owner: SessionOwner,
  ) {
    this.speech = new Speech(network, call, () => owner.onUtterance('say'));
    this.keypad = new Keypad(network, call, this.speech, () => owner.onUtterance('gather'));
  }

  /** Starts with these instructions, and drops those that were being carried out. */
  begin(source: Source): void {
    this.running.abort(new SessionStopped('redirected'));
    this.running = new AbortController();
    void this.runFrom({ source, fields: {} }, this.running.signal);
  }

  close(by?: EndedBy): void {
    this.running.abort(new SessionStopped(by));
    this.keypad.dropWaitingKeys();
  }

  private async runFrom(first: Step, signal: AbortSignal): Promise<void> {
    let isFallback = false;
    this.hasHungUp = false;
    let step: Step | undefined = first;
    for (let documents = 0; step !== undefined; documents++) {
      try {
        if (documents >= MAX_DOCUMENTS)
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
          isFallback || this.call.fallback === undefined || documents >= MAX_DOCUMENTS
            ? undefined
            : {
                source: this.call.fallback,
                fields: { ErrorCode: String(error.code), ErrorUrl: error.url },
              };
        isFallback = true;
        if (step !== undefined) continue;
        this.hasHungUp = true;
        await this.speech
          .say({ text: APPLICATION_ERROR, language: 'en-US', voice: 'man' }, signal)
          .catch(() => undefined);
      }
    }
    if (!signal.aborted) this.owner.onEnd(this.hasHungUp ? 'hangup' : 'end');
  }

  /** Carries out verb after verb. Answers where the call goes on, or undefined at the end. */
  private async perform(
    verbs: readonly Verb[],
    url: string | undefined,
    signal: AbortSignal,
  ): Promise<Step | undefined> {
    for (const verb of verbs) {
      switch (verb.verb) {
        case 'say':
        case 'pause':
        case 'play':
        case 'passed-over':
          await this.speech.perform(verb, signal);
          break;
        case 'record':
          await this.waitForRecord(verb, signal);
          break;
        case 'enqueue':
          this.speech.alert('Enqueue: nobody takes calls from a queue of this network');
          if (verb.action === undefined) break;
          return {
            source: resolveTarget(verb.action, verb.method, url),
            fields: { QueueResult: 'queue-full', QueueTime: '0' },
          };
        case 'gather': {
          const gathered = await this.keypad.gather(verb, signal);
          if (!requestsAction(verb, gathered)) break;
          return {
            source: resolveTarget(verb.action, verb.method, url),
            fields: {
              Digits: gathered.digits,
              FinishedOnKey: gathered.finishKey ?? '',
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
   * There is no sound, so every recording is empty: as with Twilio it asks for no action, and the
   * call goes on with the next verb.
   */
  private async waitForRecord(
    { finishOnKey, timeoutS }: Record,
    signal: AbortSignal,
  ): Promise<void> {
    this.speech.alert('Record: there is no sound, so the recording is empty');
    const isOneKey = finishOnKey.length === 1;
    const keys = isOneKey ? { finishOnKey } : { finishOnKey: '', numDigits: 1 };
    const gather = { method: 'POST', actionOnEmptyResult: false, nested: [] } as const;
    await this.keypad.gather({ ...gather, ...keys, nested: [], verb: 'gather', timeoutS }, signal);
  }

  /**
   * Waits until the Dial ends. Keys are lost meanwhile, but for the star where it hangs up. Answers
   * the fields of the request to the Dial's action.
   */
  private async waitForDial(
    verb: Dial,
    base: string | undefined,
    signal: AbortSignal,
  ): Promise<FormFields> {
    signal.throwIfAborted();
    const dial = this.owner.startDial(verb, ({ url, method }) => resolveTarget(url, method, base));
    const stop = (why: StopReason): void => dial.stop(why);
    const limit = this.network.scheduler.schedule(
      verb.timeLimitS * 1_000,
      this.call.sid,
      'dial',
      () => stop('time-limit'),
    );
    const abandon = (): void => {
      const { why } = signal.reason as SessionStopped;
      if (why !== undefined) stop(why);
      // The action is asked for even though the call has ended; nobody follows its answer any more.
      if (why === undefined || why === 'redirected' || verb.action === undefined) return;
      const webhook = resolveTarget(verb.action, verb.method, base);
      void dial.ended.then((fields) =>
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
    signal.addEventListener('abort', abandon, { once: true });
    if (verb.hangupOnStar) this.keypad.setStarAction(() => stop('star'));
    try {
      const fields = await Promise.race([dial.ended, rejectWhenAborted(signal)]);
      signal.throwIfAborted();
      return fields;
    } finally {
      limit.cancel();
      signal.removeEventListener('abort', abandon);
      this.keypad.clearStarAction();
    }
  }
}

function rejectWhenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );
}
