import type { Network } from '../network/network.service.js';
import type { FormFields } from '../network/signature.js';
import {
  buildConferenceFields,
  buildParticipantFields,
  CONFERENCE_EVENTS,
  listPresent,
  type Conference,
  type ConferenceEvent,
  type Participant,
  type ReasonEnded,
  type ReasonLeft,
} from './conference.js';

export interface Announcement {
  event: ConferenceEvent;
  /** A conference's start and end concern no participant. */
  participant?: Participant;
  /** Fields that only this event's callback has. */
  fields?: FormFields;
  reason?: ReasonLeft | ReasonEnded;
}

/**
 * Writes what happens in a conference into the journal, and sends the callbacks that ask for it.
 */
export class ConferenceAnnouncer {
  constructor(private readonly network: Network) {}

  announce(conference: Conference, announcement: Announcement): void {
    const { event, participant, fields = {} } = announcement;
    // A participant that never was in the room has not left it; only the callback reports it.
    if (event !== 'participant-leave' || participant?.joinedAt !== undefined)
      this.record(conference, announcement);
    const { statusCallback } = conference;
    if (statusCallback === undefined || !conference.events.has(CONFERENCE_EVENTS[event])) return;
    this.network.callbacks.send({
      webhook: statusCallback,
      fields: {
        ...buildConferenceFields(conference, event, conference.nextSequence++, new Date()),
        ...(participant === undefined ? {} : buildParticipantFields(participant)),
        ...fields,
      },
      purpose: 'conference',
      sid: conference.sid,
      number: participant?.call.to,
      channel: 'call',
      event,
      isLast: event === 'conference-end',
    });
  }

  private record(conference: Conference, { event, participant, reason }: Announcement): void {
    this.network.journal.add({
      type: 'conference',
      event,
      conferenceSid: conference.sid,
      name: conference.friendlyName,
      inside: listPresent(conference).length,
      callSid: participant?.sid ?? null,
      label: participant?.label ?? null,
      number: participant?.call.to ?? null,
      isMuted: participant?.isMuted ?? false,
      isOnHold: participant?.isOnHold ?? false,
      reason: reason ?? null,
    });
  }
}
