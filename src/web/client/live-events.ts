import type { EventsEventsAnswer } from './generated/operations.js';

/** What a stream of live events says of itself, and what happens to one's Dings, conferences and teams. */
export type StreamEvent = EventsEventsAnswer;
export type LiveKind = StreamEvent['kind'];
