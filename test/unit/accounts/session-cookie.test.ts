import {
  clearCookie,
  findCookie,
  SESSION_COOKIE,
  setCookie,
} from '../../../src/accounts/session-cookie.js';

const TOKEN = 'x'.repeat(43);

describe('the session cookie', () => {
  test('is bound to this host and to https, out of reach of scripts and of other sites', () => {
    expect(setCookie(SESSION_COOKIE, TOKEN, 86_400_999)).toBe(
      `__Host-dingline=${TOKEN}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=86400`,
    );
    expect(clearCookie()).toBe(
      '__Host-dingline=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0',
    );
  });

  test.each([
    ['alone', `__Host-dingline=${TOKEN}`, TOKEN],
    ['among others', `a=b; __Host-dingline=${TOKEN}; c=d`, TOKEN],
    ['without spaces', `a=b;__Host-dingline=${TOKEN};c=d`, TOKEN],
    ['not there', 'a=b', undefined],
    ['no header', undefined, undefined],
    ['under a name that only ends like ours', `x__Host-dingline=${TOKEN}`, undefined],
    ['under a name that only begins like ours', `__Host-dingline2=${TOKEN}`, undefined],
    ['beside that of the device', `__Host-dingline-device=b; __Host-dingline=${TOKEN}`, TOKEN],
    ['in another letter case, which is another cookie', `__host-dingline=${TOKEN}`, undefined],
    [
      'twice: one of them is not ours',
      `__Host-dingline=${TOKEN}; __Host-dingline=${'y'.repeat(43)}`,
      undefined,
    ],
  ])('is read %s', (_, header, token) => expect(findCookie(SESSION_COOKIE, header)).toBe(token));
});
