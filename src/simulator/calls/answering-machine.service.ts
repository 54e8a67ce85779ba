import type { Network } from '../network/network.service.js';
import type { TroubleWithKind } from '../network/trouble.js';
import type { LiveCall, Machine } from './live-call.js';

/** A voicemail box records for this long before it hangs up. */
const VOICEMAIL_MS = 180_000;

/**
 * Plays voicemail boxes and call screeners. Both speak first; a box may then press keys, and a
 * screener judges the caller by what it hears.
 */
export class AnsweringMachines {
  constructor(
    private readonly network: Network,
    private readonly hangUp: (live: LiveCall) => void,
  ) {}

  playGreeting(live: LiveCall, machine: Machine): void {
    const { sid: callSid, to: number } = live.call;
    this.network.journal.add({ type: 'greeting', number, callSid, text: machine.greeting });
    if (machine.kind === 'screener') return this.startScreening(live, machine);
    live.schedule(VOICEMAIL_MS, 'network', () => this.hangUp(live));
    for (const tone of machine.tones) {
      const play = (): void => void live.session.keypad.press(tone.key, 'machine');
      if (tone.on === 'answer') play();
      else if (tone.atMs !== undefined) live.schedule(tone.atMs, 'network', play);
    }
  }

  /**
   * Reacts when the call starts to speak or listen: a greeting may play tones just then, and a
   * screener waits for the first word.
   */
  reactToUtterance(live: LiveCall, kind: 'say' | 'gather'): void {
    const nth = ++live.utterances[kind];
    if (kind === 'say' && live.screening !== undefined && !live.screening.hasHeardCaller) {
      live.screening.hasHeardCaller = true;
      if (live.screening.isListening) this.decideScreening(live);
    }
    const tones = live.machine?.kind === 'voicemail' ? live.machine.tones : [];
    for (const tone of tones) {
      if (tone.on !== kind || (tone.nth !== undefined && tone.nth !== nth)) continue;
      // The tone comes after the moment itself, so that a Gather has begun to listen.
      queueMicrotask(() => {
        if (live.call.status === 'in-progress') live.session.keypad.press(tone.key, 'machine');
      });
    }
  }

  private startScreening(live: LiveCall, machine: TroubleWithKind<'screener'>): void {
    const screening = { isListening: false, hasHeardCaller: false };
    live.screening = screening;
    const questionMs = machine.greeting.length * this.network.speechMsPerChar;
    live.schedule(questionMs, 'network', () => {
      screening.isListening = true;
      if (screening.hasHeardCaller) return this.decideScreening(live);
      live.schedule(machine.silenceMs, 'screener', () => {
        if (!screening.hasHeardCaller) this.hangUp(live);
      });
    });
  }

  /**
   * Decides about a caller who has spoken.
   * When the screener's patience is over, the person gets the phone, or the call ends.
   */
  private decideScreening(live: LiveCall): void {
    const { call, machine } = live;
    if (machine?.kind !== 'screener') return;
    const { journal } = this.network;
    const { passes } = machine;
    live.schedule(machine.patienceMs, 'screener', () => {
      delete live.screening;
      journal.add({ type: 'screened', number: call.to, callSid: call.sid, passes });
      if (passes)
        journal.add({ type: 'answered', number: call.to, callSid: call.sid, by: 'person' });
      else this.hangUp(live);
    });
  }
}
