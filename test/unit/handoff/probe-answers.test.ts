import { randomBytes } from 'node:crypto';
import { ProbeAnswers } from '../../../src/handoff/probe-answers.service.js';
import {
  isProof,
  NONCE_BYTES,
  probePath,
  proveAnswered,
  proveAsked,
} from '../../../src/handoff/probe.js';
import { Redacted } from '../../../src/kernel/redacted.js';
import { ManualClock } from '../../support/clock.js';

const key = new Uint8Array(randomBytes(32));
const clock = new ManualClock();
const makeNonce = (): string => randomBytes(NONCE_BYTES).toString('base64url');
let answers: ProbeAnswers;
const ask = (nonce = makeNonce()): string | undefined =>
  answers.answer(probePath(nonce), proveAsked(key, nonce));

beforeEach(() => {
  answers = new ProbeAnswers(new Redacted(key), clock);
});

test('who has the key is answered by the key, and not with their own words', () => {
  const nonce = makeNonce();
  expect(ask(nonce)).toBe(proveAnswered(key, nonce));
  expect(ask(makeNonce())).not.toBe(proveAnswered(key, nonce));
  expect(proveAnswered(key, nonce)).not.toBe(proveAsked(key, nonce));
});

test('a nonce is answered once', () => {
  const nonce = makeNonce();
  ask(nonce);
  expect(ask(nonce)).toBeUndefined();
});

test.each([
  ['none', undefined],
  ['an empty one', ''],
  ['one that is shorter', proveAsked(key, 'a').slice(1)],
  ['one of another nonce', proveAsked(key, makeNonce())],
  ['one by another key', proveAsked(randomBytes(32), makeNonce())],
  ['two headers', [proveAsked(key, makeNonce())]],
])('without a proof of its own it is not: %s', (_, proof) => {
  expect(answers.answer(probePath(makeNonce()), proof)).toBeUndefined();
});

test.each([
  ['none', ''],
  ['a short one', 'a'],
  ['one that is shorter by one', makeNonce().slice(1)],
  ['one that is longer by one', `${makeNonce()}a`],
  ['one with another sign', `${makeNonce().slice(1)}/`],
])('nor by another nonce than a worker makes: %s', (_, nonce) => {
  expect(ask(nonce)).toBeUndefined();
});

test('no more than 50 are answered in a second, and who has no key uses up none of them', () => {
  for (let i = 0; i < 1_000; i += 1) answers.answer(probePath(makeNonce()), 'no proof');
  const inSecond = Array.from({ length: 60 }, () => ask());
  expect(inSecond.filter((one) => one !== undefined).length).toBe(50);
  clock.advance(1_000);
  expect(ask()).toBeDefined();
});

test('what is remembered is bounded: after 10,000 more the oldest is forgotten', () => {
  const first = makeNonce();
  ask(first);
  for (let i = 0; i < 10_000; i += 1) {
    if (i % 40 === 0) clock.advance(1_000);
    ask();
  }
  clock.advance(1_000);
  expect(ask(first)).toBeDefined();
});

test('proofs are compared whole, whatever they are', () => {
  expect(isProof('abc', 'abc')).toBe(true);
  for (const other of ['abd', 'ab', 'abcd', '', undefined, ['abc'], 1])
    expect(isProof(other, 'abc')).toBe(false);
});
