import { PLANNED_ANEW, StatementNames } from '../../../src/kernel/statement-names.js';

test('a text has a name from its third run on, the same each time, and no other text has it', () => {
  const names = new StatementNames();
  const [one, other] = ['one', 'other'].map((text) =>
    Array.from({ length: 4 }, () => names.findName(text)),
  ) as [string[], string[]];
  expect(one).toEqual([undefined, undefined, one[3], one[3]]);
  expect(other).toEqual([undefined, undefined, other[3], other[3]]);
  expect(new Set([one[3], other[3], undefined]).size).toBe(3);
});

test('what is to be planned anew has no name, however often it is run', () => {
  const names = new StatementNames();
  for (let run = 0; run < 5; run += 1)
    expect(names.findName(`${PLANNED_ANEW}DELETE`)).toBeUndefined();
});

test('texts without end are not kept', () => {
  const names = new StatementNames();
  for (let n = 0; n < 1_000; n += 1) names.findName(`text ${n}`);
  for (let run = 0; run < 5; run += 1) {
    expect(names.findName('one too many')).toBeUndefined();
    names.findName('text 7');
  }
  expect(names.findName('text 7')).toBeDefined();
});
