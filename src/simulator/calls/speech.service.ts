import type { Network } from '../network/network.service.js';
import type { Call } from './call.js';
import type { Verb } from './verbs.js';

/**
 * A Say with loop 0 repeats for ever. Each round takes at least this long, so that the loop doesn't
 * spin where speech takes no time.
 */
const ENDLESS_ROUND_MS = 1_000;

type Say = Extract<Verb, { verb: 'say' }>;
type Pause = Extract<Verb, { verb: 'pause' }>;

/** Speaks in one answered call. Speech is text that takes time; there is no sound. */
export class Speech {
  constructor(
    private readonly network: Network,
    private readonly call: Call,
    private readonly onSpeak: () => void,
  ) {}

  async sayOrPause(verb: Say | Pause, signal: AbortSignal): Promise<void> {
    if (verb.verb === 'pause')
      return this.network.scheduler.wait(verb.lengthS * 1_000, this.call.sid, 'pause', signal);
    const minRoundMs = verb.loop === 0 ? ENDLESS_ROUND_MS : 0;
    for (let round = 0; verb.loop === 0 || round < verb.loop; round++)
      await this.say(verb, signal, minRoundMs);
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
        if (verb.verb === 'say' || verb.verb === 'pause') await this.sayOrPause(verb, signal);
      }
      return !signal.aborted;
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    }
  }
}
