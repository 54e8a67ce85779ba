import type { CallMoment, CallScript, SpokenLanguage } from '../calls/call-script.js';

interface Phrases {
  invited: (name: string) => string;
  called: string;
  menu: string;
  otherKey: string;
  joining: string;
  ended: string;
  goodbye: string;
}

const PHRASES: Record<SpokenLanguage, Phrases> = {
  en: {
    invited: (name) => `Hello. ${name} invites you to a conference call, by Dingline.`,
    called: 'Hello. This is your conference call, by Dingline.',
    menu: 'To join, press 1. The others will then see your number while you are in the call. Not to join, hang up.',
    otherKey: 'Sorry, that key does nothing here.',
    joining: 'You are joining.',
    ended: 'This conference is over. Goodbye.',
    goodbye: 'We have heard no key. Goodbye.',
  },
  zh: {
    invited: (name) => `您好。${name}通过叮线邀请您加入电话会议。`,
    called: '您好。这是您的叮线电话会议。',
    menu: '加入请按1，通话期间其他与会者可以看到您的号码。不加入请挂机。',
    otherKey: '抱歉，这个按键没有作用。',
    joining: '您正在加入会议。',
    ended: '会议已结束。再见。',
    goodbye: '没有收到按键。再见。',
  },
};

export interface ConferenceOnPhone {
  language: SpokenLanguage;
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

/** As a Ding's menu: said again until at least 45 s have passed, for call screeners and those who pick up late. */
const MENU_SECONDS = 10;
const LAST_TURN = 4;

/**
 * What the phone says next. Only key 1 leads into the room, never a mere answer: a voicemail in the room would record the
 * others, and a person is to know that their number is shown there before it is (D5c).
 */
export function conferenceScript(on: ConferenceOnPhone, moment: CallMoment): CallScript {
  const phrases = PHRASES[on.language];
  const say = (text: string) => ({ say: text, language: on.language });
  const menu = (turn: number) => ({ ask: [say(phrases.menu)], timeoutSeconds: MENU_SECONDS, turn });
  const invitation = (turn: number): CallScript => [say(on.isInitiator ? phrases.called : phrases.invited(on.initiatorName)), menu(turn)];

  if (on.hasEnded) return [say(phrases.ended), { hangUp: true }];
  if (on.isMachine) return [{ hangUp: true }];
  if (moment.kind === 'answered') return invitation(1);
  if (moment.digit === '1') {
    const { room, label, isMuted, endsRoom } = on;
    return [say(phrases.joining), { joinRoom: { room, label, isMuted, endsRoom } }, { hangUp: true }];
  }
  if (moment.digit !== undefined) return [say(phrases.otherKey), menu(moment.turn)];
  return moment.turn >= LAST_TURN ? [say(phrases.goodbye), { hangUp: true }] : invitation(moment.turn + 1);
}
