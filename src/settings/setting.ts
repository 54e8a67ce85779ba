import { readFileSync } from 'node:fs';
import type { z } from 'zod';

/**
 * Who is given a setting. `stack` is what starts the roles (src/embedded): it knows the owner's
 * login and where the data is.
 */
export type Reader = 'stack' | 'api' | 'ingress' | 'worker';

export interface Setting {
  readonly name: string;
  readonly roles: readonly Reader[];
  /** Its value is wrapped in Redacted, and may be given as a file: NAME_FILE=/path. */
  readonly secret?: boolean;
  readonly default?: string;
  /** It may be absent: its value is then undefined. */
  readonly optional?: boolean;
  /** The field's name, where the camel case of `name` would repeat the role. */
  readonly as?: string;
  readonly parse: z.ZodType<unknown, string>;
  /** Completes "NAME must be ...". */
  readonly must: string;
  /** Stands in the table in place of a default, where the stack makes a missing one. */
  readonly made?: string;
  readonly what: string;
}

/** Keeps the literal types of a row, from which the types of the settings are computed. */
export const row = <const S extends Setting>(setting: S): S => setting;

/** Texts by the names of settings: an environment, or what is supplied beside it. */
export type Texts = Readonly<Record<string, string | undefined>>;

/** Whether the environment gives a setting, by itself or as a file. */
export const isGivenIn = (env: Texts, name: string): boolean =>
  Boolean(env[name] || env[`${name}_FILE`]);

/** The text that the environment gives, by itself or as a file. An empty text counts as none. */
export function findText(
  setting: Setting,
  env: Texts,
  problems: Map<string, string>,
): string | undefined {
  const { name } = setting;
  const direct = env[name] || undefined;
  const path = setting.secret ? env[`${name}_FILE`] || undefined : undefined;
  if (path === undefined) return direct;
  if (direct !== undefined) {
    problems.set(name, `${name} is given twice, by itself and by ${name}_FILE`);
    return undefined;
  }
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    problems.set(name, `${name}_FILE can't be read (${code})`);
    return undefined;
  }
}
