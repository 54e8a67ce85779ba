import type { Network } from '../network/network.service.js';
import type { Call } from './call.js';
import type { PassedOver, Verb } from './verbs.js';

/**
 * A Say with loop 0 repeats for ever. Each round takes at least this long, so that the loop doesn't
 * spin where speech takes no time.
 */
const ENDLESS_ROUND_MS = 1_000;

type Say = Extract<Verb, { verb: 'say' }>;
type Pause = Extract<Verb, { verb: 'pause' }>;
type Play = Extract<Verb, { verb: 'play' }>;
/** What may be heard while keys are awaited, and what is passed over there. */
export type Prompt = Say | Pause | Play | PassedOver;
/** Nothing is fetched, so nobody knows how long it is. */
const PLAYED_MS = 1_000;

/** Speaks in one answered call. Speech is text that takes time; there is no sound. */
export class Speech {
  constructor(
    private readonly network: Network,
    private readonly call: Call,
    private readonly onSpeak: () => void,
  ) {}

  async perform(verb: Prompt, signal: AbortSignal): Promise<void> {
    switch (verb.verb) {
      case 'pause':
        return this.network.scheduler.wait(verb.lengthS * 1_000, this.call.sid, 'pause', signal);
      case 'passed-over':
        return this.alert(verb.why);
      case 'say':
        return this.repeat(verb.loop, (minMs) => this.say(verb, signal, minMs));
      case 'play': {
        const text = `(plays ${verb.what})`;
        this.alert(`Play: ${verb.what} is neither fetched nor heard`);
        return this.repeat(verb.loop, () =>
          this.say({ text, language: 'none', voice: 'none' }, signal, PLAYED_MS),
        );
      }
    }
  }

  /** The call goes on; whoever wrote its instructions sees what the network made of them. */
  alert(text: string): void {
    this.network.journal.add({ type: 'alert', code: 12200, sid: this.call.sid, text });
  }

  private async repeat(loop: number, speak: (minMs: number) => Promise<void>): Promise<void> {
    const minMs = loop === 0 ? ENDLESS_ROUND_MS : 0;
    for (let round = 0; loop === 0 || round < loop; round++) await speak(minMs);
  }

  async say(
    { text, language, voice }: Pick<Say, 'text' | 'language' | 'voice'>,
    signal: AbortSignal,
    minMs = 0,
  ): Promise<void> {
    signal.throwIfAborted();
    const { journal, scheduler, speechMsPerChar } = this.network;
    const { to: number, sid: callSid } = this.call;
    journal.add({ type: 'said', number, callSid, text, language, voice });
    this.onSpeak();
    const spokenMs = Math.max(minMs, text.length * speechMsPerChar);
    await scheduler.wait(spokenMs, callSid, 'speech', signal);
  }

  /** Plays what a Gather holds. Answers false if it was silenced before its end. */
  async playPrompts(verbs: readonly Verb[], signal: AbortSignal): Promise<boolean> {
    try {
      for (const verb of verbs) {
        if (isPrompt(verb)) await this.perform(verb, signal);
      }
      return !signal.aborted;
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    }
  }
}

function isPrompt(verb: Verb): verb is Prompt {
  return ['say', 'pause', 'play', 'passed-over'].includes(verb.verb);
}
