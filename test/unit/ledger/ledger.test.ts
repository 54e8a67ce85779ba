import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { canonicalJson, commit, isCommittedTo } from '../../../src/ledger/ledger.js';

describe('a ledger entry', () => {
  test('is written the same whatever order its fields come in', () => {
    expect(canonicalJson({ b: 1, a: { d: ['y', 'x'], c: 'é"\\' } })).toBe(
      '{"a":{"c":"é\\"\\\\","d":["y","x"]},"b":1}',
    );
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), (fields) => {
        const shuffled = Object.fromEntries(Object.entries(fields).reverse());
        expect(canonicalJson(shuffled)).toBe(canonicalJson(fields));
        expect(JSON.parse(canonicalJson(fields))).toEqual({ ...fields });
      }),
    );
  });

  test('leaves out what it does not have', () => {
    expect(canonicalJson({ handoffId: undefined, id: 'x' })).toBe('{"id":"x"}');
  });

  test('is committed to by SHA-256 of salt and body', () => {
    const salt = Buffer.alloc(32, 3);
    expect(commit(salt, 'body')).toEqual(
      createHash('sha256')
        .update(Buffer.concat([salt, Buffer.from('body')]))
        .digest(),
    );
    expect(isCommittedTo(commit(salt, 'body'), salt, 'body')).toBe(true);
  });

  test('with one byte changed does not fit its commitment', () => {
    const salt = randomBytes(32);
    const commitment = commit(salt, '{"a":1}');
    expect(isCommittedTo(commitment, salt, '{"a":2}')).toBe(false);
    for (let i = 0; i < 32; i += 1) {
      const altered = Buffer.from(salt);
      altered[i] = (altered[i] as number) ^ 1;
      expect(isCommittedTo(commitment, altered, '{"a":1}')).toBe(false);
    }
    expect(isCommittedTo(commitment.subarray(1), salt, '{"a":1}')).toBe(false);
    expect(isCommittedTo(commitment, Buffer.concat([salt, Buffer.from('{')]), '"a":1}')).toBe(
      false,
    );
  });

  test('is not committed to with a salt of another length: salt and body would run together', () => {
    expect(() => commit(Buffer.alloc(31), 'body')).toThrow(/32 bytes/);
  });
});
