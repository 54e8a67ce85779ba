import { findPasswordProblem } from '../../../src/accounts/password.js';

const LENGTH = 'at least 15 characters';
const LOGIN = 'the login is no password';
const COMMON = 'too common: others would guess it';

describe('a password', () => {
  test.each([
    ['of 15 characters', 'green pumps, 12', undefined],
    ['of 14', 'green pumps, 1', LENGTH],
    ['of 128', 'green pumps, 12!'.repeat(2) + 'x'.repeat(96), undefined],
    ['of 129', 'green pumps, 12!'.repeat(2) + 'x'.repeat(97), 'at most 128 characters'],
    ['of 15 signs beyond the basic plane', '🔔🍏🚲🌵🧭🔔🍏🚲🌵🧭🪁🔔🍏🚲🌵', undefined],
    ['of 8 of them, which are 16 UTF-16 units', '🔔🍏🚲🌵🧭🪁🔔🍏', LENGTH],
    ['of one character that is 18 after NFKC', '\ufdfa', LENGTH],
    ['of 14 of those', '\ufdfa'.repeat(14), LENGTH],
    ['of 14 letters, each with its accent beside it', 'e\u0301o\u0308'.repeat(7), LENGTH],
    ['of half-width kana, whose marks are no characters of their own', 'ｶﾞｷﾞｸﾞｹﾞｺﾞｻﾞｼﾞ', LENGTH],
    ['without digits, capitals and signs', 'correct horse battery', undefined],
    ['in another script', '正確な馬と電池とホチキスの針金', undefined],
    ['that is the login', 'annabelle-lee-of-the-sea', LOGIN],
    ['that is the login in capitals', 'ANNABELLE-LEE-OF-THE-SEA', LOGIN],
    [
      'that is the login in full-width letters, which is the same after NFKC',
      'ａｎｎａｂｅｌｌｅ-lee-of-the-sea',
      LOGIN,
    ],
    ['that only holds the login', 'annabelle-lee-of-the-sea, 7', undefined],
    ['on the list', 'manchesterunited', COMMON],
    ['on the list, in capitals and with blanks', 'Manchester United', COMMON],
    ['of spaces', ' '.repeat(15), COMMON],
    ['of four different characters', 'abbaacdcabbadcab', COMMON],
    ['of one word, again and again', 'pumpkin pumpkin pumpkin', COMMON],
    ['counted up', '123456789012345', COMMON],
    ['counted up and down', '12345678900987654321', COMMON],
    ['along the keyboard', 'qwertyuiopasdfghjkl', COMMON],
    ['along it and counted', '123456789qwerty', COMMON],
    ['along its columns', '1qaz2wsx3edc4rfv', COMMON],
    ['that begins along it', 'qwertyuiop and then some', undefined],
  ])('%s', (_, password, problem) =>
    expect(findPasswordProblem(password, 'annabelle-lee-of-the-sea')).toBe(problem),
  );

  test('is not the login of three letters, five times', () =>
    expect(findPasswordProblem('annannannannann', 'ann')).toBe(LOGIN));
});
