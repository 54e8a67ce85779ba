import fc from 'fast-check';
import { givenId, isIdForm, newId, parseId, type SidPrefix } from '../../../src/kernel/ids.js';

test('an id is a UUID of version 7, later ones sort behind earlier ones, and none comes twice', () => {
  const before = Date.now();
  const ids = Array.from({ length: 1_000 }, newId);
  const after = Date.now();
  const form = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  expect(ids.filter((id) => !form.test(id))).toEqual([]);
  const times = ids.map((id) => parseInt(id.replace('-', '').slice(0, 12), 16));
  expect(times.filter((ms) => ms < before || ms > after)).toEqual([]);
  expect(new Set(ids).size).toBe(1_000);
});

describe('an id that somebody has', () => {
  const PREFIXES = ['AC', 'VA', 'VE'] as const;
  const written = fc
    .tuple(fc.uuid(), fc.constantFrom<SidPrefix>(...PREFIXES), fc.boolean(), fc.boolean())
    .map(([id, prefix, isSid, isUpper]) => {
      const text = isSid ? prefix + id.replaceAll('-', '') : id;
      return { id, prefix, isSid, text: isUpper ? text.toUpperCase() : text };
    });

  test('is the same as a sid and as a UUID, in small letters and in capitals', () => {
    fc.assert(
      fc.property(written, ({ id, prefix, isSid, text }) => {
        expect(parseId(text, prefix)).toBe(id);
        expect(givenId(prefix).safeParse(text)).toMatchObject({ success: true, data: id });
        expect(isIdForm(text)).toBe(true);
        // What has no sid is known by its UUID alone, and no sid is one of another kind.
        expect(parseId(text)).toBe(isSid ? undefined : id);
        for (const other of PREFIXES)
          expect(parseId(text, other)).toBe(isSid && other !== prefix ? undefined : id);
      }),
    );
  });

  test('is none with anything more, less or else in it', () => {
    const hex = '01890a5dac96774bbcceb302099a8057';
    const texts = [
      '',
      hex,
      `VE${hex}0`,
      `VE${hex.slice(1)}`,
      ` VE${hex}`,
      `VE${hex}\n`,
      `VE-${hex}`,
    ];
    for (const text of [...texts, `VE${hex.replace('a', 'g')}`, '+12025550123']) {
      expect(parseId(text, 'VE')).toBeUndefined();
      expect(givenId('VE').safeParse(text).success).toBe(false);
      expect(isIdForm(text)).toBe(false);
    }
  });
});
