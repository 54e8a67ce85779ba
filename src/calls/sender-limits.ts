import { sha256 } from '../kernel/digest.js';
import type { Rule } from '../kernel/rate-limit.js';

const HOUR_MS = 60 * 60_000;

/** What one account may begin; each is a setting. It is a class, for Nest to inject it by. */
export abstract class SenderLimits {
  abstract readonly dingsAnHour: number;
  abstract readonly dingSmsToOneAnHour: number;
  abstract readonly conferencesAtOnce: number;
  abstract readonly conferenceMinutesADay: number;
}

export const dingsRule = ({ dingsAnHour }: SenderLimits): Rule => ({
  max: dingsAnHour,
  windowMs: HOUR_MS,
});

/** Whose Dings are counted by it. */
export const dingsKey = (senderId: string): Buffer => sha256(`dings:${senderId}`);
