import type { LogFields } from '../kernel/logger.js';
import type { Handoff } from './handoff.js';

/**
 * What every log line of a hand-off begins with: its id, and that of the verification, Ding or
 * conference that it is for, so that either finds all lines of a way.
 */
export function listLogIds({
  id,
  purpose,
  channel,
  subjectId,
  callId,
}: Pick<Handoff, 'id' | 'purpose' | 'channel' | 'subjectId' | 'callId'>): LogFields {
  const subject = callId === undefined ? { verificationId: subjectId } : { callId };
  return { handoffId: id, ...subject, purpose, channel };
}
