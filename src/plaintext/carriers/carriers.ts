import type { Carrier } from './carrier.js';
import { twilio } from './twilio/twilio.js';

/**
 * The carriers that there are. A new one is a folder, a line here, and its place in the contract
 * suite.
 */
export const CARRIERS = { twilio } as const satisfies Record<string, Carrier>;

/** The one that everything is handed to. A setting will name it when there are two. */
export const CARRIER: Carrier = CARRIERS.twilio;
