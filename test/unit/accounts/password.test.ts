import { isGoodPassword } from '../../../src/accounts/password.js';

describe('a password', () => {
  test.each([
    ['of 8 characters', 'aaaaaaaa', true],
    ['of 7', 'aaaaaaa', false],
    ['of 128', 'a'.repeat(128), true],
    ['of 129', 'a'.repeat(129), false],
    ['of 8 signs beyond the basic plane', '🔔'.repeat(8), true],
    ['of 4 signs that are 8 UTF-16 units', '🔔'.repeat(4), false],
    ['of 128 of them, though they are 256 units', '🔔'.repeat(128), true],
    ['of spaces: nobody is told what to choose', '        ', true],
    ['without digits, capitals and signs', 'correct horse', true],
    ['that is the login', 'annabelle', false],
    ['that is the login in capitals', 'ANNABELLE', false],
    [
      'that is the login in full-width letters, which is the same after NFKC',
      'ａｎｎａｂｅｌｌｅ',
      false,
    ],
    ['that only holds the login', 'annabelle1', true],
  ])('%s', (_, password, isGood) => expect(isGoodPassword(password, 'annabelle')).toBe(isGood));
});
