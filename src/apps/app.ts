import type { Channel } from '../handoff/channels.js';
import { sha256 } from '../kernel/digest.js';
import { parseId, type SidPrefix } from '../kernel/ids.js';
import type { Language } from '../texts/catalogue.js';
import { findNameProblem } from '../texts/characters.js';

/** An app is an API client: a team's own server, which verifies the numbers of its users. */
export interface App {
  readonly id: string;
  readonly name: string;
  /**
   * The countries are ISO 3166 codes. An empty list stands for all that NUMBER_COUNTRIES lets in.
   */
  readonly countries: readonly string[];
  readonly hasWebhook: boolean;
  readonly services: ReadonlyMap<string, VerifyService>;
  /** The app was made with this service. */
  readonly defaultService: VerifyService;
}

/** An app that has signed in. */
export interface CallingApp extends App {
  /** What PostgreSQL is shown of the secret by which it has signed in. */
  readonly secretDigest: Buffer;
}

/** A service says how an app verifies. */
export interface VerifyService {
  readonly id: string;
  readonly appId: string;
  readonly isDefault: boolean;
  /** The name stands in the text and is spoken in the call. */
  readonly name: string;
  readonly codeLength: number;
  readonly codeLastsMs: number;
  readonly channels: readonly Channel[];
  /**
   * By language, these are the words of an SMS above its last line, where the operator has given it
   * a wording of its own.
   */
  readonly templates: Readonly<Partial<Record<Language, string>>>;
  /** Stands in the last line of its SMS; null: Dingline's own. See texts/code-host.ts. */
  readonly codeHost: string | null;
  readonly createdAt: Date;
}

/** These are the values that a service is made with or changed to. */
export interface ServiceWish {
  name: string;
  codeLength: number;
  codeLastsMs: number;
  channels: readonly Channel[];
}

export const CODE_LENGTH = { least: 4, most: 10, usual: 6 } as const;
/** Twilio allows shorter codes, and so do we, but whoever asks for them is told what they are worth. */
export const findShortCode = ({
  codeLength,
}: Pick<ServiceWish, 'codeLength'>): string | undefined =>
  codeLength < CODE_LENGTH.usual
    ? `codes of ${String(codeLength)} digits are guessed ${String(10 ** (CODE_LENGTH.usual - codeLength))} ` +
      `times as easily as those of ${String(CODE_LENGTH.usual)}, the fewest that OWASP and NIST allow`
    : undefined;
/** The longest life is that of NIST SP 800-63B-4, section 3.1.3.1. All are whole seconds. */
export const CODE_LASTS_MS = { least: 60_000, most: 600_000 } as const;
export const MOST_SERVICES = 100;
/** An app has two secrets while one takes the place of the other. */
export const MOST_SECRETS = 2;

const LONGEST_APP_NAME = 60;

/**
 * Finds what is wrong with an app's name, which is for its operator and itself. The answer follows
 * the words "the name".
 */
export function findAppNameProblem(name: string): string | undefined {
  const length = [...name].length;
  if (length < 1 || length > LONGEST_APP_NAME)
    return `must have 1 to ${String(LONGEST_APP_NAME)} characters`;
  if (name !== name.trim() || name.startsWith('-'))
    return 'must have no blanks around it and no - before it';
  return findNameProblem(name);
}

/** Writes an id as it is shown to whoever speaks Twilio's words: `VA` and 32 hex digits. */
export const formatSid = (prefix: SidPrefix, uuid: string): string =>
  prefix + uuid.replaceAll('-', '');

/**
 * What PostgreSQL is shown of a secret; it keeps the SHA-256 of this. A secret is 32 random bytes, so
 * that no slow hash is needed.
 */
export const digestSecret = (secret: string): Buffer => sha256(secret);

const SID_LENGTH = 34;
/** Base64url of 32 random bytes. */
const SECRET = /^[A-Za-z0-9_-]{43}$/;

/**
 * Who says it asks, by HTTP Basic (RFC 7617), and the secret that it gave. Undefined if no app
 * could have sent this.
 */
export function readBasic(
  authorization: string | undefined,
): { appId: string; secret: string } | undefined {
  const [, encoded] = /^Basic ([A-Za-z0-9+/]{104})$/i.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('latin1');
  const [appId, secret] = [parseId(text.slice(0, SID_LENGTH), 'AC'), text.slice(SID_LENGTH + 1)];
  return appId === undefined || text[SID_LENGTH] !== ':' || !SECRET.test(secret)
    ? undefined
    : { appId, secret };
}
