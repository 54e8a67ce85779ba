import { randomBytes } from 'node:crypto';
import {
  findLoss,
  type HighWater,
  HighWaterText,
  lostUntil,
} from '../../../src/handoff/high-water.js';
import { Redacted } from '../../../src/kernel/redacted.js';

const AT = new Date('2026-11-30T03:00:00Z');
const PLACE = '7412345678901234567/00000001';
const mark: HighWater = { lease: 4711, renewals: 12, place: PLACE, at: AT };
const after = (ms: number): Date => new Date(AT.getTime() + ms);
const DAY = 24 * 3_600_000;

describe('a database that knows less than it did', () => {
  test.each([
    ['it knows the lease, renewed as often', { place: PLACE, renewals: 12 }, undefined],
    [
      'and more often, since the mark is written afterwards',
      { place: PLACE, renewals: 13 },
      undefined,
    ],
    ['less often: an older copy', { place: PLACE, renewals: 11 }, 'went_back'],
    ['it does not know the lease', { place: PLACE, renewals: undefined }, 'went_back'],
    [
      'another server: a dump that was put back',
      { place: '1/00000001', renewals: 12 },
      'failed_over',
    ],
    [
      'another timeline: a standby',
      { place: PLACE.replace(/1$/, '2'), renewals: 12 },
      'failed_over',
    ],
    ['an older copy on another server', { place: '1/00000001', renewals: undefined }, 'went_back'],
  ])('%s', (_, known, loss) => {
    expect(findLoss(mark, known, after(60_000))).toBe(loss);
  });

  test('a mark of more than a week ago tells nothing: its lease may be forgotten', () => {
    const known = { place: PLACE, renewals: undefined };
    expect(findLoss(mark, known, after(7 * DAY))).toBe('went_back');
    expect(findLoss(mark, known, after(7 * DAY + 1))).toBeUndefined();
  });

  test('what was to go out until the mark may have gone out, and for as long as clocks differ', () => {
    expect(lostUntil(mark)).toEqual(after(10_000));
  });
});

describe('a mark as a text', () => {
  const text = new HighWaterText(new Redacted(new Uint8Array(randomBytes(32))));

  test('is read as it was written, with a line break of a file', () => {
    expect(text.read(`${text.write(mark)}\n`)).toEqual(mark);
  });

  test('is nothing where anybody else has made or changed it', () => {
    const written = text.write(mark);
    const other = new HighWaterText(new Redacted(new Uint8Array(randomBytes(32))));
    const [body = '', signature = ''] = written.split('.');
    const later = Buffer.from(JSON.stringify({ ...mark, renewals: 99 })).toString('base64url');
    for (const forged of [
      '',
      '.',
      body,
      `${body}.`,
      `${later}.${signature}`,
      other.write(mark),
      `${written}A`,
    ])
      expect(text.read(forged)).toBeUndefined();
  });
});
