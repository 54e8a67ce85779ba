import { hashSecretCode, makeSecretCode } from '../../../src/accounts/secret-code.js';

describe('an invite code', () => {
  test('has 80 bits in 16 characters that are not mistaken for one another, and none comes twice', () => {
    const codes = Array.from({ length: 2_000 }, makeSecretCode);
    for (const code of codes)
      expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
    expect(new Set(codes).size).toBe(codes.length);
    expect(new Set(codes.join('').replace(/-/g, '')).size).toBe(32); // the whole alphabet is in use
  });

  test('is the same however it is typed', () => {
    const hash = hashSecretCode('7K30-9011-QW2E-8RTY');
    for (const typed of [
      '7k30-9011-qw2e-8rty',
      '7K309011QW2E8RTY',
      ' 7k30 9o1i qw2e 8rty ',
      '7K3O-9OLI-QW2E-8RTY',
      '7k30-90l1-qw2e-8rty\n',
    ])
      expect(hashSecretCode(typed)).toEqual(hash);
  });

  test('is another with another character', () =>
    expect(hashSecretCode('7K30-9011-QW2E-8RTX')).not.toEqual(
      hashSecretCode('7K30-9011-QW2E-8RTY'),
    ));
});
