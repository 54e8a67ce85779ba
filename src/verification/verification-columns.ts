import { limitRules } from '../kernel/rate-limit.js';
import {
  addressRules,
  numberRules,
  type SendLimits,
  WAITS_KEPT_MS,
} from './verification-session.js';
import type { Json } from './verification-row.js';

/** Each field has its column here (`number_keys` for `numberKeys`), worked out once. */
const columns = new Map<string, string>();
function toColumnName(field: string): string {
  let column = columns.get(field);
  if (column === undefined)
    columns.set(field, (column = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)));
  return column;
}

const hex = (value: unknown): unknown =>
  Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : value;

/**
 * Writes a request as json_populate_recordset reads it: bytes in hex, and no column of what is
 * undefined.
 */
export function toColumns(fields: object): Json {
  const json: Json = {};
  for (const [field, value] of Object.entries(fields)) {
    if (value !== undefined)
      json[toColumnName(field)] = Array.isArray(value) ? value.map(hex) : hex(value);
  }
  return json;
}

const seconds = (ms: number): number => ms / 1000;

/**
 * How the functions take the limits: `send_limits` in sends.sql. Each is written once.
 */
export const sendLimitsFor = once((limits: SendLimits) =>
  JSON.stringify({
    sms_waits: limits.smsWaitsMs.map(seconds),
    call_after_sms: seconds(limits.callAfterSmsMs),
    call_waits: limits.callWaitsMs.map(seconds),
    calls: limits.calls,
    auto_after: seconds(limits.autoAfterMs),
    waits_kept: seconds(WAITS_KEPT_MS),
    of_number: limitRules(numberRules(limits, false)),
    of_known_number: limitRules(numberRules(limits, true)),
    of_address: limitRules(addressRules(limits)),
  }),
);

function once<L extends object, T>(make: (limits: L) => T): (limits: L) => T {
  const made = new WeakMap<L, T>();
  return (limits) => {
    const known = made.get(limits) ?? make(limits);
    made.set(limits, known);
    return known;
  };
}
