import type { DemoApi } from './api.js';
import type { DemoPhones, Seen } from './phones.js';

/** What each part of the journey plays on. */
export interface Scene {
  readonly api: DemoApi;
  readonly phones: DemoPhones;
  /** Writes a line with the seconds since the beginning. */
  readonly step: (line: string) => void;
}

/** The text of an SMS on one line. */
export const onOneLine = (sms: Seen): string => (sms.body ?? '').replace(/\s+/g, ' ');
