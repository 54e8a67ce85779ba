import { addressSubject } from '../../../src/kernel/limiter-keys.js';

describe('an address is counted', () => {
  test.each([
    ['IPv4 as it is', '192.0.2.7', 'ip:192.0.2.7'],
    ['IPv4 within IPv6 as IPv4', '::ffff:192.0.2.7', 'ip:192.0.2.7'],
    ['the same in hex', '::FFFF:c000:207', 'ip:192.0.2.7'],
    ['the same written out', '0:0:0:0:0:ffff:192.0.2.7', 'ip:192.0.2.7'],
    ['IPv6 by its /64', '2001:db8:1:2:3:4:5:6', 'ip:2001:db8:1:2::/64'],
    ['IPv6 in short', '2001:DB8::1', 'ip:2001:db8:0:0::/64'],
    ['the same in long', '2001:0db8:0000:0000:ffff:0000:0000:0001', 'ip:2001:db8:0:0::/64'],
    ['with a zone', 'fe80::1%eth0', 'ip:fe80:0:0:0::/64'],
    ['loopback', '::1', 'ip:0:0:0:0::/64'],
  ])('%s', (_, ip, subject) => expect(addressSubject(ip)).toBe(subject));

  test('not at all when it is none', () => {
    for (const text of ['', 'localhost', '192.0.2', '192.0.2.7:80', '2001:db8::1::2', 'x%y'])
      expect(() => addressSubject(text)).toThrow('not an IP address');
  });
});
