import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';
import type { CallScript, CallStep, SpokenLanguage } from '../../calls/call-script.js';

/** Twilio's names for voices (twilio.com/docs/voice/twiml/say/text-speech). */
const VOICES: Record<SpokenLanguage, { voice: 'Polly.Joanna' | 'Polly.Zhiyu'; language: 'en-US' | 'cmn-CN' }> = {
  en: { voice: 'Polly.Joanna', language: 'en-US' },
  zh: { voice: 'Polly.Zhiyu', language: 'cmn-CN' },
};

/** A call script as TwiML. Addresses in it are relative to the request's own, so they carry the same capability. */
export function renderTwiml(script: CallScript): string {
  const response = new VoiceResponse();
  for (const step of script) {
    if ('say' in step) say(response, step);
    else if ('pauseSeconds' in step) response.pause({ length: step.pauseSeconds });
    else if ('hangUp' in step) response.hangup();
    else if ('joinRoom' in step) joinRoom(response, step.joinRoom);
    else {
      const gather = response.gather({
        input: ['dtmf'],
        numDigits: 1,
        timeout: step.timeoutSeconds,
        finishOnKey: '', // # is a key like any other
        actionOnEmptyResult: true,
        action: `keys?turn=${step.turn}`,
        method: 'POST',
      });
      for (const prompt of step.ask) say(gather, prompt);
    }
  }
  return response.toString();
}

/**
 * The room's callbacks go to whichever leg came first, so each names its own address (twilio.com/docs/voice/twiml/conference,
 * "statusCallback"). A room starts with anyone: nobody waits for somebody who may never come.
 */
function joinRoom(response: VoiceResponse, { room, label, isMuted, endsRoom }: Extract<CallStep, { joinRoom: object }>['joinRoom']): void {
  response.dial({}).conference({
    participantLabel: label, muted: isMuted, startConferenceOnEnter: true, endConferenceOnExit: endsRoom, beep: 'onEnter',
    statusCallback: 'room', statusCallbackEvent: ['start', 'end', 'join', 'leave', 'mute'], statusCallbackMethod: 'POST',
  }, room);
}

function say(to: Pick<InstanceType<typeof VoiceResponse>, 'say'>, step: Extract<CallStep, { say: string }>): void {
  to.say(VOICES[step.language], step.say);
}
