import { randomBytes } from 'node:crypto';
import { types } from 'node:util';
import fc from 'fast-check';
import { Redacted } from '../../../../src/kernel/redacted.js';
import {
  EPOCH_MS,
  EPOCH_READY_MS,
  EPOCH_ROWS,
  readEpochId,
  openEpoch,
  type OpenedEpoch,
  SealingEpoch,
} from '../../../../src/plaintext/vault/epoch.js';
import {
  arrayBuffer,
  EXPORT_SUITE,
  Keyring,
  computeKeyVersion,
  derivePublicKey,
} from '../../../../src/plaintext/vault/keyring.js';

const ROW = '018f0000-0000-7000-8000-000000000001';
const OTHER_ROW = '018f0000-0000-7000-8000-000000000002';
const privateKey = randomBytes(32);
const publicKey = derivePublicKey(privateKey);
const keyring = new Keyring(new Redacted([privateKey]));
const text = (): Buffer => Buffer.from('+12025550123');

async function pair(): Promise<[SealingEpoch, OpenedEpoch]> {
  const epoch = await SealingEpoch.make(publicKey, 0);
  return [epoch, await openEpoch(keyring, epoch)];
}

describe('the vault key', () => {
  // RFC 9180, appendix A.7.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, Export-Only, base mode.
  const hex = (digits: string): Buffer => Buffer.from(digits, 'hex');
  const rfc = {
    info: hex('4f6465206f6e2061204772656369616e2055726e'),
    skR: hex('33d196c830a12f9ac65d6e565a590d80f04ee9b19c83c87f2c170d972a812848'),
    pkR: hex('194141ca6c3c3beb4792cd97ba0ea1faff09d98435012345766ee33aae2d7664'),
    enc: hex('e5e8f9bfff6c2f29791fc351d2c25ce1299aa5eaca78a757c0b4fb4bcd830918'),
  };
  test.each([
    ['', '7a36221bd56d50fb51ee65edfd98d06a23c4dc87085aa5866cb7087244bd2a36'],
    ['00', 'd5535b87099c6c3ce80dc112a2671c6ec8e811a2f284f948cec6dd1708ee33f0'],
    ['54657374436f6e74657874', 'ffaabc85a776136ca0c378e5d084c9140ab552b78f039d2e8775f26efff4c70e'],
  ])('exports what RFC 9180 says for the context %j', async (exporterContext, exported) => {
    const recipientKey = await EXPORT_SUITE.kem.importKey('raw', arrayBuffer(rfc.skR), false);
    const context = await EXPORT_SUITE.createRecipientContext({
      recipientKey,
      enc: arrayBuffer(rfc.enc),
      info: arrayBuffer(rfc.info),
    });
    expect(
      Buffer.from(await context.export(arrayBuffer(hex(exporterContext)), 32)).toString('hex'),
    ).toBe(exported);
  });

  test('has the public half that RFC 9180 says', () => {
    expect(derivePublicKey(rfc.skR)).toEqual(rfc.pkR);
  });

  test('that is not on the ring opens nothing', async () => {
    const stranger = new Keyring(new Redacted([randomBytes(32)]));
    await expect(openEpoch(stranger, await SealingEpoch.make(publicKey, 0))).rejects.toThrow(
      /VAULT_PRIVATE_KEYS/,
    );
  });

  test('opens what it sealed after a new one was put in front of it', async () => {
    const newer = randomBytes(32);
    const ring = new Keyring(new Redacted([newer, privateKey]));
    for (const key of [publicKey, derivePublicKey(newer)]) {
      const epoch = await SealingEpoch.make(key, 0);
      const sealed = epoch.seal(ROW, 'number', text(), 0);
      expect((await openEpoch(ring, epoch)).open(ROW, 'number', sealed)).toEqual(text());
    }
  });
});

describe('what is sealed', () => {
  test('opens in its row and for its purpose, whatever its length', async () => {
    const [epoch, opened] = await pair();
    fc.assert(
      fc.property(
        fc.uuid(),
        fc.constantFrom('number' as const, 'code' as const),
        fc.stringMatching(/^[+0-9]{1,16}$/),
        (row, purpose, plain) => {
          const sealed = epoch.seal(row, purpose, Buffer.from(plain), 0);
          expect(sealed.length).toBe(61); // the same for all: the length says nothing of the number
          expect(readEpochId(sealed)).toBe(epoch.id);
          expect(opened.open(row, purpose, sealed).toString()).toBe(plain);
        },
      ),
    );
  });

  test('does not open when any bit of it is changed', async () => {
    const [epoch, opened] = await pair();
    const sealed = epoch.seal(ROW, 'number', text(), 0);
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const altered = Buffer.from(sealed);
      altered[bit >> 3] = (altered[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(() => opened.open(ROW, 'number', altered)).toThrow();
    }
    for (const length of [0, 1, 16, 60])
      expect(() => opened.open(ROW, 'number', sealed.subarray(0, length))).toThrow();
    expect(() => opened.open(ROW, 'number', Buffer.concat([sealed, Buffer.of(0)]))).toThrow();
    expect(opened.open(ROW, 'number', sealed)).toEqual(text());
  });

  test('does not open in another row, for another purpose, in another epoch or under another key', async () => {
    const [epoch, opened] = await pair();
    const [other, otherOpened] = await pair();
    const sealed = epoch.seal(ROW, 'number', text(), 0);
    expect(() => opened.open(OTHER_ROW, 'number', sealed)).toThrow();
    expect(() => opened.open(ROW, 'code', sealed)).toThrow();
    expect(() => otherOpened.open(ROW, 'number', sealed)).toThrow();
    const renamed = Buffer.concat([
      sealed.subarray(0, 1),
      other.seal(ROW, 'number', text(), 0).subarray(1, 17),
      sealed.subarray(17),
    ]);
    expect(() => otherOpened.open(ROW, 'number', renamed)).toThrow();
    const mixed = await openEpoch(keyring, {
      id: epoch.id,
      keyVersion: epoch.keyVersion,
      enc: other.enc,
    });
    expect(() => mixed.open(ROW, 'number', sealed)).toThrow();
    const moved = await openEpoch(keyring, {
      id: other.id,
      keyVersion: epoch.keyVersion,
      enc: epoch.enc,
    });
    expect(() => moved.open(ROW, 'number', renamed)).toThrow();
    // Not by the AAD alone: the key itself is bound to the epoch's id.
    const keyOf = (one: OpenedEpoch): Buffer => (one as unknown as { key: Buffer }).key;
    expect(keyOf(moved)).not.toEqual(keyOf(opened));
  });

  test('is never the same twice', async () => {
    const [epoch] = await pair();
    const all = Array.from({ length: 500 }, () =>
      epoch.seal(ROW, 'number', text(), 0).toString('hex'),
    );
    expect(new Set(all).size).toBe(500);
  });

  test('leaves no text behind in the buffer that it came in', async () => {
    const [epoch] = await pair();
    const buffer = text();
    epoch.seal(ROW, 'number', buffer, 0);
    expect(buffer).toEqual(Buffer.alloc(buffer.length));
  });
});

describe('an epoch', () => {
  test('ends 60 seconds after its first row', async () => {
    const [epoch] = await pair();
    expect(epoch.isUsable(1e7)).toBe(true); // unused, it waits
    epoch.seal(ROW, 'number', text(), 1e7);
    expect(epoch.isUsable(1e7 + EPOCH_MS - 1)).toBe(true);
    expect(epoch.isUsable(1e7 + EPOCH_MS)).toBe(false);
    expect(() => epoch.seal(ROW, 'number', text(), 1e7 + EPOCH_MS)).toThrow(/ended/);
    expect(epoch.isUsable(1e7 - 1)).toBe(false); // a clock that was put back gives it no more time
  });

  test('made ahead and not used for half a day is never used: what nothing refers to may be erased', async () => {
    const [epoch] = await pair();
    expect(epoch.isUsable(EPOCH_READY_MS - 1)).toBe(true);
    expect(epoch.isUsable(EPOCH_READY_MS)).toBe(false);
    expect(() => epoch.seal(ROW, 'number', text(), EPOCH_READY_MS)).toThrow(/ended/);
  });

  test('ends after 10,000 rows', async () => {
    const [epoch] = await pair();
    for (let row = 0; row < EPOCH_ROWS; row += 1) epoch.seal(ROW, 'code', Buffer.from('1'), 0);
    expect(epoch.isUsable(0)).toBe(false);
    expect(() => epoch.seal(ROW, 'code', Buffer.from('1'), 0)).toThrow(/ended/);
  });

  test('that has ended has no key any more', async () => {
    const [epoch] = await pair();
    const { key } = epoch as unknown as { key: Buffer };
    expect(key).not.toEqual(Buffer.alloc(32));
    epoch.end();
    expect(key).toEqual(Buffer.alloc(32));
    expect(() => epoch.seal(ROW, 'number', text(), 0)).toThrow(/ended/);
  });

  test('leaves no secret in the HPKE context that its key came from', async () => {
    const contexts: object[] = [];
    const make = EXPORT_SUITE.createSenderContext.bind(EXPORT_SUITE);
    const spy = jest
      .spyOn(EXPORT_SUITE, 'createSenderContext')
      .mockImplementation(async (params) => {
        const context = await make(params);
        contexts.push(context);
        return context;
      });
    try {
      await SealingEpoch.make(publicKey, 0);
    } finally {
      spy.mockRestore();
    }
    const bytes = (value: unknown): string => Buffer.from(value as ArrayBuffer).toString('hex');
    const left = Object.entries(contexts[0] as object)
      .filter(([name, value]) => name !== 'enc' && types.isAnyArrayBuffer(value))
      .map(([name, value]) => [name, bytes(value)]);
    expect(left).toEqual([['exporterSecret', '00'.repeat(32)]]);
  });

  test('names the key that it was sealed to by that key alone', () => {
    expect(computeKeyVersion(publicKey)).toMatch(/^[0-9a-f]{16}$/);
    expect(computeKeyVersion(publicKey)).not.toBe(
      computeKeyVersion(derivePublicKey(randomBytes(32))),
    );
  });
});
