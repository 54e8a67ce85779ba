import { z } from 'zod';
import { list, origin, ORIGIN, pace, PACE } from './parsers.js';
import { row } from './setting.js';

/** The carrier and the account there. */
export const CARRIER = [
  row({
    name: 'CARRIER_BASE_URL',
    roles: ['stack', 'api', 'ingress', 'worker'],
    made: 'the simulator',
    parse: origin,
    must: `${ORIGIN}; https unless it is loopback`,
    what:
      'The carrier: `https://api.twilio.com` is Twilio. Anything but loopback is *live*. Every ' +
      'role is told, so that none takes itself for a toy.',
  }),
  row({
    name: 'CARRIER_ACCOUNT_SID',
    roles: ['worker'],
    secret: true,
    made: 'generated for the simulator',
    parse: z.string().regex(/^AC[0-9a-f]{32}$/),
    must: 'AC and 32 hex digits',
    what: 'The account at the carrier.',
  }),
  row({
    name: 'CARRIER_AUTH_TOKEN',
    roles: ['worker'],
    secret: true,
    made: 'generated for the simulator',
    parse: z.string().min(8).max(128),
    must: '8 to 128 characters',
    what: 'Its password; the secret of `CARRIER_API_KEY`, if there is one.',
  }),
  row({
    name: 'CARRIER_API_KEY',
    roles: ['worker'],
    optional: true,
    parse: z.string().regex(/^SK[0-9a-f]{32}$/),
    must: 'SK and 32 hex digits',
    what:
      'A key of the account, by which the worker signs in at the carrier instead of by the auth ' +
      'token: then the token, which reads all that the carrier keeps, is with `ingress` alone.',
  }),
  row({
    name: 'CARRIER_WEBHOOK_TOKENS',
    roles: ['ingress'],
    secret: true,
    made: 'generated for the simulator',
    parse: list(z.string().min(8).max(128), 2),
    must: 'one or two tokens of 8 to 128 characters, with a comma between them',
    what:
      'What the carrier signs its requests with: the auth token, and during a change the next ' +
      'one.',
  }),
  row({
    name: 'CARRIER_SENDER_NUMBER',
    roles: ['worker'],
    secret: true,
    made: 'a number of the simulator',
    parse: z.string().regex(/^\+[1-9]\d{6,14}$/),
    must: 'a number that begins with +',
    what: 'The number that SMS and calls come from.',
  }),
  row({
    name: 'CALLS_A_SECOND',
    roles: ['worker'],
    optional: true,
    made: 'a live carrier: 1, the simulator: none',
    parse: pace,
    must: PACE,
    what:
      'Calls that the carrier is asked for in a second, by all workers together. What exceeds it waits ' +
      'for its turn: codes take at most every second one, and calls of several Dings one after the other.',
  }),
  row({
    name: 'SMS_SEGMENTS_A_SECOND',
    roles: ['worker'],
    optional: true,
    made: 'a live carrier: 1, the simulator: none',
    parse: pace,
    must: PACE,
    what: 'The same for segments of SMS: what your sender number may send.',
  }),
  row({
    name: 'CARRIER_DISCARDS_CONTENT',
    roles: ['worker'],
    default: 'false',
    parse: z.enum(['true', 'false']).transform((text) => text === 'true'),
    must: 'true or false',
    what:
      'Asks the carrier to keep neither text nor number of a message longer than it must. Twilio ' +
      'refuses it to accounts that have not been allowed to.',
  }),
] as const;
