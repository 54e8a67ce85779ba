import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/**
 * PKCS #8 (RFC 8410) is a fixed head and the 32 bytes of a private key; a JWK would want the public
 * half as well.
 */
const PKCS8 = {
  x25519: Buffer.from('302e020100300506032b656e04220420', 'hex'),
  ed25519: Buffer.from('302e020100300506032b657004220420', 'hex'),
} as const;
export type Curve = keyof typeof PKCS8;

/** `raw` has 32 bytes. */
export function readPrivateKey(curve: Curve, raw: Uint8Array): KeyObject {
  return createPrivateKey({
    key: Buffer.concat([PKCS8[curve], raw]),
    format: 'der',
    type: 'pkcs8',
  });
}

/** The public half of a private key, 32 bytes as well. */
export function derivePublicHalf(curve: Curve, raw: Uint8Array): Buffer {
  const { x } = createPublicKey(readPrivateKey(curve, raw)).export({ format: 'jwk' });
  return Buffer.from(x as string, 'base64url');
}
