import { createHash, type webcrypto } from 'node:crypto';
import { CipherSuite, DhkemX25519HkdfSha256, ExportOnly, HkdfSha256 } from '@hpke/core';
import { derivePublicHalf } from '../../kernel/raw-keys.js';
import type { Redacted } from '../../kernel/redacted.js';

declare global {
  /**
   * @hpke/core's types name the browser's globals; Node 20's types have them under `webcrypto`
   * only.
   */
  type CryptoKey = webcrypto.CryptoKey;
  type CryptoKeyPair = webcrypto.CryptoKeyPair;
}

/** RFC 9180: KEM 0x0020, KDF 0x0001, AEAD 0xffff. Exports keys, encrypts nothing itself. */
export const EXPORT_SUITE = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new ExportOnly(),
});

/** The public half of an X25519 private key. */
export function derivePublicKey(privateKey: Uint8Array): Buffer {
  return derivePublicHalf('x25519', privateKey);
}

/**
 * The name of a vault key, kept with what it seals: 64 bits of SHA-256 of the public half, in hex.
 */
export function computeKeyVersion(publicKey: Uint8Array): string {
  return createHash('sha256')
    .update('dingline vault key')
    .update(publicKey)
    .digest('hex')
    .slice(0, 16);
}

/** Bytes as the ArrayBuffer that HPKE wants, copied out of a pool that other buffers share. */
export const arrayBuffer = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

/**
 * The vault's private keys. The first one's public half seals, in `api`; all of them open, so that
 * a new key can be put in front while rows of the old one are still there.
 *
 * Holds plaintext: none; from its making until the process ends it holds the keys to all of it.
 */
export class Keyring {
  private readonly keys: ReadonlyMap<string, Promise<CryptoKey>>;

  constructor(privateKeys: Redacted<readonly Uint8Array[]>) {
    this.keys = new Map(
      privateKeys
        .reveal()
        .map((key) => [
          computeKeyVersion(derivePublicKey(key)),
          EXPORT_SUITE.kem.importKey('raw', arrayBuffer(key), false),
        ]),
    );
  }

  /** @throws if no key has this version: it was taken out of the ring too early */
  async privateKey(version: string): Promise<CryptoKey> {
    const key = await this.keys.get(version);
    if (key === undefined)
      throw new Error(`no key of VAULT_PRIVATE_KEYS has the version ${version}`);
    return key;
  }
}
