/** A StatusCallbackEvent of a call may name these steps. */
export const CALL_EVENTS = ['initiated', 'ringing', 'answered', 'completed'] as const;
export type CallEvent = (typeof CALL_EVENTS)[number];

/**
 * A statusCallbackEvent of a conference may name these. Speaker and announcement never happen here.
 */
export const ROOM_EVENTS = [
  'start',
  'end',
  'join',
  'leave',
  'mute',
  'hold',
  'modify',
  'speaker',
  'announcement',
] as const;
export type RoomEvent = (typeof ROOM_EVENTS)[number];

/** Reads a list of call events. Twilio reports the completion alone where the list names none. */
export function parseCallEvents(text: string): ReadonlySet<CallEvent> {
  const asked = new Set(text.split(/[ ,]+/));
  const events = CALL_EVENTS.filter((event) => asked.has(event));
  return new Set<CallEvent>(events.length > 0 ? events : ['completed']);
}

export function parseRoomEvents(text: string): ReadonlySet<RoomEvent> {
  const asked = new Set(text.split(/[ ,]+/));
  return new Set(ROOM_EVENTS.filter((event) => asked.has(event)));
}
