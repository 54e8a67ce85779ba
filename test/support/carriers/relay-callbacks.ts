import { randomUUID } from 'node:crypto';
import type { Told } from './bench.js';

export const SENDER = '+15005550006';
export const [MESSAGE, CALL] = [randomUUID(), randomUUID()];
export const told = (
  what: string,
  kind: Told['kind'],
  about: string,
  status: string,
  event?: Told['event'],
): Told => ({
  what,
  kind,
  fields: { about, status, to: '+12025550199', from: SENDER },
  carrierRef: about,
  ...(event === undefined ? {} : { event }),
});
