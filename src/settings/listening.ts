import { z } from 'zod';
import {
  addresses,
  count,
  COUNT,
  duration,
  DURATION,
  origin,
  originOrOff,
  ORIGIN,
  path,
  port,
  PORT,
  portOrNone,
} from './parsers.js';
import { row } from './setting.js';

/** Where the process keeps its data, what it logs, where it listens, and where it is reached. */
export const LISTENING = [
  row({
    name: 'DATA_DIR',
    roles: ['stack'],
    default: '.data',
    parse: path,
    must: 'a folder',
    what: 'Where the embedded PostgreSQL and the generated keys are.',
  }),
  row({
    name: 'DRAIN_WITHIN',
    roles: ['stack', 'worker'],
    default: '30s',
    as: 'drainMs',
    parse: duration('0s', '10m'),
    must: DURATION('0s', '10m'),
    what:
      "How long a stop waits for the carrier's answers to what is under way: what it doesn't wait " +
      'for is `unknown`. Default mode waits for less than a second.',
  }),
  row({
    name: 'LOG_LEVEL',
    roles: ['stack', 'api', 'ingress', 'worker'],
    default: 'info',
    parse: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    must: 'fatal, error, warn, info, debug, trace or silent',
    what: 'The least severe log lines that are written.',
  }),
  row({
    name: 'HOST',
    roles: ['stack', 'api', 'ingress', 'worker'],
    default: '127.0.0.1',
    parse: z.string().regex(/^[\w.:-]+$/),
    must: 'an address of this machine',
    what:
      'The address that the roles listen on. The embedded PostgreSQL and the simulator stay on ' +
      '127.0.0.1.',
  }),
  row({
    name: 'API_PORT',
    roles: ['stack', 'api'],
    default: '3000',
    parse: port,
    must: PORT,
    what: 'The port of the API.',
  }),
  row({
    name: 'INGRESS_PORT',
    roles: ['stack', 'ingress'],
    default: '3001',
    parse: port,
    must: PORT,
    what: "The port for the carrier's requests.",
  }),
  row({
    name: 'WORKER_PORT',
    roles: ['stack', 'worker'],
    default: '3002',
    parse: port,
    must: PORT,
    what: "The port of the worker's health routes.",
  }),
  row({
    name: 'SIMULATOR_PORT',
    roles: ['stack'],
    default: '3003',
    parse: port,
    must: PORT,
    what: 'The port of the simulator; refused with a live carrier.',
  }),
  row({
    name: 'POSTGRES_PORT',
    roles: ['stack'],
    default: '3004',
    parse: port,
    must: PORT,
    what: 'The port of the embedded PostgreSQL.',
  }),
  row({
    name: 'METRICS_HOST',
    roles: ['stack', 'api', 'ingress', 'worker'],
    default: '127.0.0.1',
    parse: z.string().regex(/^[\w.:-]+$/),
    must: 'an address of this machine',
    what: 'The address that metrics are read at, by anybody who reaches it.',
  }),
  row({
    name: 'METRICS_PORT',
    roles: ['stack', 'api', 'ingress', 'worker'],
    default: '3005',
    parse: portOrNone,
    must: `${PORT}, or none`,
    what:
      'The port of `GET /metrics`, for Prometheus: one for each process, whatever roles it runs, ' +
      'so processes on one machine need different ones.',
  }),
  row({
    name: 'API_PUBLIC_URL',
    roles: ['api', 'worker'],
    default: 'http://localhost:${API_PORT}',
    parse: origin,
    must: ORIGIN,
    what: 'Where people reach the API; its host is the `@host` in an SMS.',
  }),
  row({
    name: 'SIGN_UP',
    roles: ['api'],
    default: 'open',
    parse: z.enum(['open', 'invite', 'closed']),
    must: 'open, invite or closed',
    what:
      'Who may make an account: anybody, who has an invite of `npm run accounts -- invite`, or ' +
      'nobody but `npm run accounts -- create`.',
  }),
  row({
    name: 'SIGN_UPS_PER_ADDRESS_AN_HOUR',
    roles: ['api'],
    default: '20',
    parse: count(1, 10_000),
    must: COUNT(1, 10_000),
    what: 'Accounts that are asked for from one IP address (IPv6: one /64) in an hour.',
  }),
  row({
    name: 'ANDROID_APP_HASH',
    roles: ['worker'],
    optional: true,
    parse: z.string().regex(/^[A-Za-z0-9+/]{11}$/),
    must: "the 11 characters of an app's hash (SMS Retriever)",
    what: 'Stands after the code in an SMS, so that your Android app is given it.',
  }),
  row({
    name: 'TRUSTED_PROXIES',
    roles: ['api', 'ingress'],
    default: '',
    parse: addresses,
    must: 'IP addresses or networks (10.0.0.0/8) with commas between them, or empty',
    what:
      "Reverse proxies whose X-Forwarded-For is believed. Empty: nobody's, and behind a proxy " +
      'all people share one address and its limits.',
  }),
  row({
    name: 'INGRESS_PUBLIC_URL',
    roles: ['ingress', 'worker'],
    default: 'http://127.0.0.1:${INGRESS_PORT}',
    parse: origin,
    must: ORIGIN,
    what: 'Where the carrier reaches `ingress`; https and not loopback with a live carrier.',
  }),
  row({
    name: 'INGRESS_PROBE_URL',
    roles: ['worker'],
    default: '${INGRESS_PUBLIC_URL}',
    parse: originOrOff,
    must: `${ORIGIN}, or off`,
    what:
      'Where the worker asks, every 5 s, whether `ingress` answers: while it does not, no phone is ' +
      'rung. Another address where the worker does not reach the public one; `off`: it is not asked.',
  }),
] as const;
