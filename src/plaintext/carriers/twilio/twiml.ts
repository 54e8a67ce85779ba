import VoiceResponse from 'twilio/lib/twiml/VoiceResponse.js';
import { type CallScript, type CallStep, HANG_UP } from '../../../calls/call-script.js';
import type { CallContext } from '../../../calls/outage-script.js';
import { type Language, VOICES } from '../../../texts/catalogue.js';
import { blankUnspeakable } from '../../../texts/characters.js';
import type { Code } from '../../code.js';
import { keysAddress, sameAddress } from '../call-context.js';
import { RETRY } from './retry.js';

/** A digit, then time to write it down. */
const AFTER_DIGIT = '900ms';

/**
 * A call script as TwiML. Addresses in it are relative to the request's own, so they carry the same
 * capability; they say `line` again. A script that speaks a code and comes without one only hangs
 * up.
 *
 * Holds plaintext: `code`, while it runs, and in what it answers.
 */
export function renderTwiml(script: CallScript, context: CallContext, code?: Code): string {
  if (code === undefined && script.some((step) => 'sayCode' in step))
    return renderTwiml(HANG_UP, context);
  const response = new VoiceResponse();
  for (const step of script) {
    if ('say' in step) say(response, step);
    else if ('pauseSeconds' in step) response.pause({ length: step.pauseSeconds });
    else if ('hangUp' in step) response.hangup();
    else if ('joinRoom' in step) joinRoom(response, step.joinRoom);
    else if ('sayCode' in step) sayCode(response, step.language, code);
    else if ('goOn' in step)
      response.redirect({ method: 'POST' }, sameAddress(context, step.goOn, step.retry));
    else {
      const gather = response.gather({
        input: ['dtmf'],
        numDigits: 1,
        timeout: step.timeoutSeconds,
        finishOnKey: '', // # is a key like any other
        actionOnEmptyResult: true,
        action: keysAddress(context, step),
        method: 'POST',
      });
      for (const prompt of step.ask) say(gather, prompt);
    }
  }
  return response.toString();
}

/**
 * The room's callbacks go to whichever leg came first, so each names its own address
 * (twilio.com/docs/voice/twiml/conference, "statusCallback"). A room starts with anyone: nobody
 * waits for somebody who may never come.
 */
function joinRoom(
  response: VoiceResponse,
  { room, label, isMuted, endsRoom }: Extract<CallStep, { joinRoom: object }>['joinRoom'],
): void {
  response.dial({}).conference(
    {
      participantLabel: label,
      muted: isMuted,
      startConferenceOnEnter: true,
      endConferenceOnExit: endsRoom,
      beep: 'onEnter',
      statusCallback: `room${RETRY}`,
      statusCallbackEvent: ['start', 'end', 'join', 'leave', 'mute'],
      statusCallbackMethod: 'POST',
    },
    room,
  );
}

function say(
  to: Pick<InstanceType<typeof VoiceResponse>, 'say'>,
  step: Extract<CallStep, { say: string }>,
): void {
  // A row from before the rules of src/texts/written.ts may hold what no XML does.
  to.say(VOICES[step.language], blankUnspeakable(step.say));
}

function sayCode(
  to: InstanceType<typeof VoiceResponse>,
  language: Language,
  code: Code | undefined,
): void {
  const speech = to.say(VOICES[language], '');
  for (const digit of code?.forCarrier() ?? '') {
    speech.sayAs({ 'interpret-as': 'digits' }, digit);
    speech.break({ time: AFTER_DIGIT });
  }
}
