// Real: the file system, and a lock in it.
import { mkdtempSync, rmSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { scramVerifier } from '../../src/embedded/databases.js';
import { checkDataVersion, lockDataDir, makeDataDir } from '../../src/embedded/data-dir.js';
import { ensureKey, derivePublicKey } from '../../src/embedded/keys.js';

let home: string;
let dataDir: string;

beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'dingline-data-dir-'));
  dataDir = path.join(home, 'data');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('DATA_DIR', () => {
  it('is refused when a newer version wrote it, and marked when it is new', async () => {
    await makeDataDir(dataDir);
    await checkDataVersion(dataDir);
    await checkDataVersion(dataDir);
    expect(readFileSync(path.join(dataDir, 'version'), 'utf8')).toBe('1\n');
    for (const newer of ['2\n', 'two\n']) {
      writeFileSync(path.join(dataDir, 'version'), newer);
      await expect(checkDataVersion(dataDir)).rejects.toThrow(
        /^DATA_DIR: .* newer version of Dingline/,
      );
    }
  });

  it('belongs to one start at a time', async () => {
    await makeDataDir(dataDir);
    const unlock = await lockDataDir(dataDir);
    await expect(lockDataDir(dataDir)).rejects.toThrow(/^DATA_DIR: .* is in use by another start/);
    await unlock();
    await (
      await lockDataDir(dataDir)
    )();
  });
});

describe('generated keys', () => {
  it('are made once: of many that make one at once, all read the same', async () => {
    await makeDataDir(dataDir);
    const values = await Promise.all(
      Array.from({ length: 20 }, () => ensureKey(dataDir, 'CODE_PEPPER')),
    );
    expect(new Set(values).size).toBe(1);
    expect(values[0]).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(await ensureKey(dataDir, 'CODE_PEPPER')).toBe(values[0]);
    expect(await ensureKey(dataDir, 'LIMITER_KEY')).not.toBe(values[0]);
    // No file under another name is left, and none that others may read.
    const files = readdirSync(path.join(dataDir, 'keys'));
    expect(files.sort()).toEqual(['CODE_PEPPER', 'LIMITER_KEY']);
    for (const file of files)
      expect(statSync(path.join(dataDir, 'keys', file)).mode & 0o777).toBe(0o600);
  });

  it("hold the vault's pair: the public key is the private one's (RFC 7748, section 6.1)", () => {
    expect(derivePublicKey('XasIfmJKikt54X-Lg4AO5m87sSkmGLb9HC-LJ_-I4Os')).toBe(
      '3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08',
    );
  });

  it('set a password without saying it (RFC 7677, section 3)', () => {
    const verifier = scramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'));
    expect(verifier).toBe(
      'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
    );
  });
});
