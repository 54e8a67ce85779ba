import { type CallMoment, type CallScript, LAST_TURN, MENU_SECONDS } from '../calls/call-script.js';
import { type Language, TEXTS } from '../texts/catalogue.js';

export interface ConferenceOnPhone {
  language: Language;
  initiatorName: string;
  isInitiator: boolean;
  /** The conference is over, or this person isn't in it any more. */
  hasEnded: boolean;
  isMachine: boolean;
  /** Names that tell the carrier nothing: the room, and this leg in it. */
  room: string;
  label: string;
  isMuted: boolean;
  /** The room ends when this leg leaves it. */
  endsRoom: boolean;
}

/**
 * What the phone says next. Only key 1 leads into the room, never a mere answer: a voicemail in the
 * room would record the others, and a person is to know that their number is shown there before it
 * is (D5c).
 */
export function conferenceScript(on: ConferenceOnPhone, moment: CallMoment): CallScript {
  const phrases = TEXTS[on.language].conference;
  const say = (text: string) => ({ say: text, language: on.language });
  const menu = (turn: number) => ({ ask: [say(phrases.menu)], timeoutSeconds: MENU_SECONDS, turn });
  const invitation = (turn: number): CallScript => [
    say(on.isInitiator ? phrases.called : phrases.invited(on.initiatorName)),
    menu(turn),
  ];

  if (on.hasEnded) return [say(phrases.ended), { hangUp: true }];
  if (on.isMachine) return [{ hangUp: true }];
  if (moment.kind === 'answered') return invitation(1);
  if (moment.digit === '1') {
    const { room, label, isMuted, endsRoom } = on;
    return [
      say(phrases.joining),
      { joinRoom: { room, label, isMuted, endsRoom } },
      { hangUp: true },
    ];
  }
  if (moment.digit !== undefined) return [say(phrases.otherKey), menu(moment.turn)];
  return moment.turn >= LAST_TURN
    ? [say(phrases.goodbye), { hangUp: true }]
    : invitation(moment.turn + 1);
}
