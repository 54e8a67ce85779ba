import { count, COUNT, duration, durations, DURATION, DURATIONS } from './parsers.js';
import { row } from './setting.js';

/** How often codes go out, and how often their state is read. */
export const SENDS = [
  row({
    name: 'SMS_WAITS',
    roles: ['api', 'worker'],
    as: 'smsWaitsMs',
    default: '60s,120s,300s,600s',
    parse: durations('1s', '1d', 8),
    must: DURATIONS('1s', '1d', 8),
    what:
      'What passes between an SMS with a code and the next to the same number by the same ' +
      'starter; the last for all that follow.',
  }),
  row({
    name: 'CALL_AFTER_SMS',
    roles: ['api', 'worker'],
    as: 'callAfterSmsMs',
    default: '60s',
    parse: duration('0s', '1d'),
    must: DURATION('0s', '1d'),
    what:
      'What passes between the first SMS and a call with the code. No wait where no SMS reaches ' +
      'the number.',
  }),
  row({
    name: 'CALL_WAITS',
    roles: ['api', 'worker'],
    as: 'callWaitsMs',
    default: '60s,300s',
    parse: durations('1s', '1d', 8),
    must: DURATIONS('1s', '1d', 8),
    what: 'What passes between a call with a code and the next.',
  }),
  row({
    name: 'CALLS_AT_MOST',
    roles: ['api', 'worker'],
    default: '3',
    parse: count(0, 20),
    must: COUNT(0, 20),
    what:
      'Calls with a code to one number by one starter, until an hour has passed without a send, ' +
      'or the number is proved.',
  }),
  row({
    name: 'SENDS_IN_TEN_MINUTES',
    roles: ['api', 'worker'],
    default: '5',
    parse: count(1, 100),
    must: COUNT(1, 100),
    what: 'Codes, by SMS or call, to one number in ten minutes, whoever asks.',
  }),
  row({
    name: 'SENDS_A_DAY',
    roles: ['api', 'worker'],
    default: '5',
    parse: count(1, 100),
    must: COUNT(1, 100),
    what: 'The same in 24 hours.',
  }),
  row({
    name: 'SENDS_KEPT_FOR_KNOWN',
    roles: ['api', 'worker'],
    default: '2',
    parse: count(0, 99),
    must: `${COUNT(0, 99)}, less than SENDS_A_DAY`,
    what: 'Of these, how many only a session or device may use that has proved the number before.',
  }),
  row({
    name: 'SENDS_PER_ADDRESS_A_MINUTE',
    roles: ['api', 'worker'],
    default: '10',
    parse: count(1, 10_000),
    must: COUNT(1, 10_000),
    what: 'Codes asked for from one IP address (IPv6: one /64) in a minute.',
  }),
  row({
    name: 'AUTO_VOICE_AFTER',
    roles: ['api', 'worker'],
    as: 'autoVoiceAfterMs',
    default: '60s',
    parse: duration('10s', '10m'),
    must: DURATION('10s', '10m'),
    what:
      'With the channel `auto`, how long the carrier has to say that the SMS was delivered ' +
      'before a call is made.',
  }),
  row({
    name: 'READS_A_MINUTE',
    roles: ['api'],
    default: '60',
    parse: count(1, 10_000),
    must: COUNT(1, 10_000),
    what: 'Looks at verifications by one account, or at one verification by an app, in a minute.',
  }),
] as const;
