import { PATHS, SOURCES, type Source } from '../support/boundaries/sources.js';
import { breaches } from '../support/boundaries/breaches.js';
import { circles } from '../support/boundaries/circles.js';
import {
  FEATURES,
  IMPURE_ALL_THE_SAME,
  MAY_IMPORT,
  REVEALING,
  SQL_ALL_THE_SAME,
} from '../support/boundaries/rules.js';
import { importsOf, parse, partOf, visit } from '../support/boundaries/imports.js';
import { hasSql } from '../support/boundaries/sql-in-source.js';

// Real: the files of src, read by TypeScript's own parser. The files beside this one show each rule a
// planted breach of itself.

describe('the boundaries of src', () => {
  test('hold: who imports whom, who sees a number, who reads the environment', () => {
    expect(SOURCES.length).toBeGreaterThan(80);
    expect(breaches(SOURCES, PATHS)).toEqual([]);
  });

  test('hold no circle of imports, of values or of types', () => {
    expect(circles(SOURCES)).toEqual([]);
  });

  test('every row of the import table is of a part that is there', () => {
    expect(Object.keys(MAY_IMPORT).sort()).toEqual(
      [...new Set(SOURCES.map((source) => partOf(source.path)))].sort(),
    );
    for (const files of Object.values(REVEALING))
      for (const file of files) expect(SOURCES.map((source) => source.path)).toContain(file);
    for (const file of Object.keys(IMPURE_ALL_THE_SAME))
      expect(SOURCES.map((source) => source.path)).toContain(file);
  });

  test('who may hold SQL all the same does: whoever holds none any more is taken off the list', () => {
    const holdsSql = (file: string): boolean => {
      let isFound = false;
      visit(parse(SOURCES.find((source) => source.path === file) as Source), (node) => {
        isFound ||= hasSql(node);
      });
      return isFound;
    };
    expect(Object.keys(SQL_ALL_THE_SAME).filter((file) => !holdsSql(file))).toEqual([]);
  });

  test('no feature may import a feature, and only the composition may import the room for plaintext', () => {
    for (const feature of FEATURES)
      expect(MAY_IMPORT[feature]?.filter((part) => FEATURES.includes(part))).toEqual([]);
    expect(
      Object.keys(MAY_IMPORT).filter((part) => MAY_IMPORT[part]?.includes('plaintext')),
    ).toEqual(['app.module']);
    expect(
      Object.keys(MAY_IMPORT).filter((part) => MAY_IMPORT[part]?.includes('simulator')),
    ).toEqual([]);
  });

  test('the parser sees real imports of every kind that the code uses', () => {
    const seen = (file: string): string[] =>
      importsOf(parse(SOURCES.find((source) => source.path === file) as Source)).map(
        (one) => one.target,
      );
    expect(seen('plaintext/carriers/twilio/twilio.client.ts')).toContain('twilio');
    expect(seen('plaintext/gate.ts')).toEqual(
      expect.arrayContaining(['../kernel/ids.js', './number.pipes.js']),
    );
    expect(seen('plaintext/phone-number.ts')).toContain('libphonenumber-js/max');
  });
});
