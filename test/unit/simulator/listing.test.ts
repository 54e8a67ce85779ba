import fc from 'fast-check';
import { Form } from '../../../src/simulator/rest/form.js';
import { filterRecords, cutPage, type Filters } from '../../../src/simulator/rest/listing.js';
import { parseSpan, formatDate } from '../../../src/simulator/network/twilio-date.js';

interface Row {
  sid: string;
  to: string;
  start?: Date;
}
const filters: Filters<Row> = {
  To: { text: (row) => row.to },
  StartTime: { date: (row) => row.start },
};
const rows: Row[] = [
  { sid: 'd', to: '+2' },
  { sid: 'c', to: '+1', start: new Date('2026-11-23T12:00:00.500Z') },
  { sid: 'b', to: '+1', start: new Date('2026-11-22T23:59:59.999Z') },
  { sid: 'a', to: '+2', start: new Date('2026-11-21T00:00:00Z') },
];
const found = (query: Record<string, string>): string =>
  filterRecords(rows, new Form(new URLSearchParams(query)), filters)
    .map(({ sid }) => sid)
    .join('');

test('no filter admits all, an unknown one too', () => {
  expect(found({})).toBe('dcba');
  expect(found({ Colour: 'red', To: '' })).toBe('dcba');
});

test('filters hold together, and one on a date leaves out what has none yet', () => {
  expect(found({ To: '+2' })).toBe('da');
  expect(found({ To: '+2', 'StartTime>': '2026-11-01' })).toBe('a');
});

test('a day is the whole day, a moment a second; < and > include their own', () => {
  expect(found({ StartTime: '2026-11-22' })).toBe('b');
  expect(found({ StartTime: '2026-11-23T12:00:00Z' })).toBe('c');
  expect(found({ 'StartTime<': '2026-11-22' })).toBe('ba');
  expect(found({ 'StartTime>': '2026-11-22' })).toBe('cb');
  expect(found({ 'StartTime>': '2026-11-22', 'StartTime<': '2026-11-22' })).toBe('b');
});

test('what is no date is refused', () => {
  expect(() => found({ StartTime: 'yesterday' })).toThrow(/not a date/);
  expect(parseSpan('2026-13-45')).toBeUndefined();
});

test('following the pages shows every record once, whatever their size', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 15 }), (count, size) => {
      const all = Array.from({ length: count }, (_, index) => ({ sid: `S${String(index)}` }));
      const seen: string[] = [];
      let next: string | null = `/list?PageSize=${String(size)}&To=%2B1`;
      for (let pages = 0; next !== null; pages++) {
        expect(pages).toBeLessThanOrEqual(count);
        const query: Form = Form.parse(next.split('?')[1] ?? '');
        expect(query.get('To')).toBe('+1');
        const { records, page } = cutPage(all, '/list', query);
        seen.push(...records.map(({ sid }) => sid));
        next = page.next_page_uri;
      }
      expect(seen).toEqual(all.map(({ sid }) => sid));
    }),
  );
});

test('a record created between two pages repeats none', () => {
  const before = ['c', 'b', 'a'].map((sid) => ({ sid }));
  const first = cutPage(before, '/list', Form.parse('PageSize=1'));
  const second = cutPage(
    [{ sid: 'd' }, ...before],
    '/list',
    Form.parse(first.page.next_page_uri?.split('?')[1] ?? ''),
  );
  expect(second.records).toEqual([{ sid: 'b' }]);
});

test('dates are written as RFC 2822', () => {
  expect(formatDate(new Date('2026-11-03T04:05:06Z'))).toBe('Tue, 03 Nov 2026 04:05:06 +0000');
});
