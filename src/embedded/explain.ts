import { SettingsError } from '../settings.js';
import { ExpectedError } from './expected-error.js';

/** One line for each thing to put right; a stack trace only for what nobody foresaw. */
export function explain(error: unknown): void {
  if (error instanceof SettingsError) for (const line of error.lines) complain(line);
  else if (error instanceof ExpectedError) complain(error.message);
  else complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
}

export function complain(line: string): void {
  process.stderr.write(`dingline: ${line}\n`);
}
