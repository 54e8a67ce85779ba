/**
 * A start that can't go on for a reason outside the program: its message is one clear line that
 * names the setting to change.
 */
export class ExpectedError extends Error {
  override readonly name = 'ExpectedError';
}

const readErrorCode = (error: unknown): string | undefined =>
  error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;

/**
 * Turns what a full or closed disk makes of a write below DATA_DIR into its line; gives anything
 * else back.
 */
export function explainDisk(error: unknown, dataDir: string): unknown {
  const code = readErrorCode(error) ?? '';
  if (['ENOSPC', 'EDQUOT'].includes(code)) return new ExpectedError(diskFull(dataDir));
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'].includes(code))
    return new ExpectedError(
      `DATA_DIR: ${dataDir} can't be written (${code}); set DATA_DIR to a folder that can`,
    );
  return error;
}

export const diskFull = (dataDir: string): string =>
  `DATA_DIR: the disk of ${dataDir} is full; free some space, or set DATA_DIR to a folder on another disk`;

export const portTaken = (setting: string, port: number): string =>
  `${setting}: port ${port} is taken by another program; stop it, or set ${setting} to a free port`;
