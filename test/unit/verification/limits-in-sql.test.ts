import { readFileSync } from 'node:fs';
import path from 'node:path';
import { FUNCTION_FILES } from '../../../src/kernel/build-sql.js';
import {
  addressRules,
  numberRules,
  WAITS_KEPT_MS,
} from '../../../src/verification/verification-session.js';
import { sendLimitsFor } from '../../../src/verification/verification-columns.js';

const send = {
  smsWaitsMs: [60_000, 120_000],
  callAfterSmsMs: 60_000,
  callWaitsMs: [300_000],
  calls: 3,
  inTenMinutes: 4,
  aDay: 10,
  keptForKnown: 3,
  perAddressAMinute: 7,
  autoAfterMs: 45_000,
};

/** What a window or a wait would look like in SQL. */
const A_TIME = /\b(60|600|3600|86400)\b|\binterval\s*'|\bmake_interval\(\s*(hours|mins|days)/i;

it('no function of the database has a window or a wait of its own', () => {
  const found = FUNCTION_FILES.flatMap((file) =>
    readFileSync(path.join(__dirname, '../../../src', file), 'utf8')
      .split('\n')
      .map((line, i) => `${file}:${i + 1}: ${line}`),
  ).filter((line) => A_TIME.test(line.replace(/^\S+ /, '').replace(/^\s*--.*/, '')));
  expect(found).toEqual([]);
  for (const planted of [
    `'{600, 86400}'`,
    `at - interval '1 hour'`,
    'make_interval(hours => 1)',
    'ARRAY[60]',
  ])
    expect(planted).toMatch(A_TIME);
});

it('the database is told the rules that answers go by', () => {
  const rules = (list: readonly { max: number; windowMs: number }[]) => ({
    maxes: list.map(({ max }) => max),
    windows: list.map(({ windowMs }) => windowMs / 1000),
  });
  expect(JSON.parse(sendLimitsFor(send))).toEqual({
    sms_waits: [60, 120],
    call_after_sms: 60,
    call_waits: [300],
    calls: 3,
    auto_after: 45,
    waits_kept: WAITS_KEPT_MS / 1000,
    of_number: rules(numberRules(send, false)),
    of_known_number: rules(numberRules(send, true)),
    of_address: rules(addressRules(send)),
  });
  expect(JSON.parse(sendLimitsFor(send))).toMatchObject({
    of_number: { maxes: [4, 7], windows: [600, 86_400] },
    of_known_number: { maxes: [4, 10] },
    of_address: { maxes: [7], windows: [60] },
  });
});
