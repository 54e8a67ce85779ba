import { createHash } from 'node:crypto';
import { hmacSha256, sha256 } from '../../../src/kernel/digest.js';

test('a digest is that of the text in UTF-8', () => {
  expect(sha256('abc').toString('hex')).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  ); // FIPS 180-4's example
  expect(sha256('Grüße 你好')).toEqual(
    createHash('sha256').update(Buffer.from('Grüße 你好', 'utf8')).digest(),
  );
});

test('RFC 4231, test cases 2 and 6', () => {
  expect(hmacSha256(Buffer.from('Jefe'), 'what do ya want for nothing?').toString('hex')).toBe(
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  );
  expect(
    hmacSha256(
      Buffer.alloc(131, 0xaa),
      'Test Using Larger Than Block-Size Key - Hash Key First',
    ).toString('hex'),
  ).toBe('60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54');
});
