import { parseArgs } from 'node:util';
import { displayName, login as loginRule } from '../accounts/account.js';
import {
  blockAccount,
  closeAccount,
  endCallsBegunBy,
  endSessions,
  endSessionsSince,
  findAccount,
  insertAccount,
  insertInvite,
  noteReset,
  type OperatedAccount,
  startReset,
} from '../accounts/operator-accounts.repository.js';
import { hashSecretCode, makeSecretCode } from '../accounts/secret-code.js';
import type { Transaction } from '../kernel/database.js';
import { newId } from '../kernel/ids.js';
import { type Language, LANGUAGES } from '../texts/catalogue.js';
import { ExpectedError } from './expected-error.js';
import { operate, UsageError } from './operator.js';

/**
 * `npm run accounts`: people's accounts, while everything runs. What it changes holds at once. For
 * whoever has the owner's login: no role may do any of it.
 */
const USAGE = `people's accounts

  npm run accounts -- find LOGIN              who it is, since when, signed in where
  npm run accounts -- create LOGIN --name "Ann" [--language en]
  npm run accounts -- invite                  a code by which one person signs up (SIGN_UP=invite)
  npm run accounts -- reset LOGIN             a code by which its person sets another password; sessions end
  npm run accounts -- block LOGIN "why"       nobody signs in to it; its sessions and the calls it began end
  npm run accounts -- unblock LOGIN
  npm run accounts -- remove LOGIN            for ever; block it first
  npm run accounts -- end-sessions LOGIN      of one account
  npm run accounts -- end-sessions --since 2026-11-28T10:00Z   of all, that began or were used since then

  (in a container: node dist/embedded/accounts.js find|create|invite|reset|block|unblock|remove|end-sessions ...)
`;
const LONGEST_REASON = 200;

type Order = (trx: Transaction) => Promise<string[]>;
type Work = (trx: Transaction, account: OperatedAccount) => Promise<string[]>;

const OPTIONS = {
  name: { type: 'string' },
  language: { type: 'string' },
  since: { type: 'string' },
} as const;
type Options = Partial<Record<keyof typeof OPTIONS, string>>;

/** What was mistyped isn't said back: it may be a secret, or a number. */
function parse(words: readonly string[]): Order {
  const { values, positionals } = read(words);
  const [verb = '', login, ...rest] = positionals;
  const refuseMore = (...allowed: readonly string[]): void => {
    if (rest.length > 0) throw new UsageError(`${verb} takes no more words`);
    const foreign = Object.keys(values).find((option) => !allowed.includes(option));
    if (foreign !== undefined) throw new UsageError(`${verb} takes no --${foreign}`);
  };
  switch (verb) {
    case 'find':
      refuseMore();
      return about(login, describe);
    case 'create':
      refuseMore('name', 'language');
      return create(parseLogin(login), values);
    case 'invite':
      refuseMore();
      if (login !== undefined) throw new UsageError('invite takes no words');
      return invite;
    case 'reset':
      refuseMore();
      return about(login, reset);
    case 'block': {
      const because = rest.splice(0).join(' ').trim();
      refuseMore();
      if (because === '' || because.length > LONGEST_REASON)
        throw new UsageError(`say why, in 1 to ${LONGEST_REASON} characters`);
      return about(login, (trx, account) => block(trx, account, because));
    }
    case 'unblock':
      refuseMore();
      return about(login, unblock);
    case 'remove':
      refuseMore();
      return about(login, remove);
    case 'end-sessions':
      refuseMore('since');
      if (values.since === undefined) return about(login, endOnes);
      if (login !== undefined) throw new UsageError('end-sessions takes a login, or --since');
      return endSince(parseTime(values.since));
    default:
      throw new UsageError(
        'the first word must be find, create, invite, reset, block, unblock, remove or end-sessions',
      );
  }
}

function read(words: readonly string[]): { values: Options; positionals: string[] } {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch {
    throw new UsageError('an option is unknown, or has no value');
  }
}

function parseLogin(text: string | undefined): string {
  const parsed = loginRule.safeParse(text);
  if (!parsed.success)
    throw new UsageError('a login begins with a letter; then letters, digits and . _ @ -');
  return parsed.data;
}

/** With its offset: a time without one would be another where the command runs elsewhere. */
function parseTime(text: string): Date {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)
    ? new Date(text)
    : new Date(NaN);
  if (Number.isNaN(at.getTime()))
    throw new UsageError('--since must be a time with its offset: 2026-11-28T10:00Z');
  return at;
}

const about = (text: string | undefined, work: Work): Order => {
  const login = parseLogin(text);
  return async (trx) => {
    const account = await findAccount(trx, login);
    if (account === undefined)
      throw new ExpectedError('nobody has this login; nothing was changed');
    return work(trx, account);
  };
};

const count = (many: number, one: string): string => `${many} ${one}${many === 1 ? '' : 's'}`;

const describe: Work = (_, account) => {
  const { login, id, name, language, createdAt, blockedAt, provedAt, usedAt } = account;
  const used = usedAt === null ? '' : `, last used at ${usedAt.toISOString()}`;
  const lines = [
    `${login}: ${id}`,
    `  name      ${name}`,
    `  language  ${language}`,
    `  since     ${createdAt.toISOString()}`,
    `  password  ${account.hasPassword ? 'set' : 'none: to be set by a reset code'}`,
    `  sessions  ${account.sessions}${used}`,
    `  number    ${provedAt === null ? 'none' : `proved at ${provedAt.toISOString()}`}`,
    `  teams     ${account.teams}`,
  ];
  if (blockedAt !== null)
    lines.push(`  blocked   since ${blockedAt.toISOString()}: ${account.blockedBecause ?? ''}`);
  return Promise.resolve(lines);
};

function create(login: string, options: Options): Order {
  const name = displayName.safeParse(options.name);
  if (!name.success)
    throw new UsageError(
      '--name must be what others are shown, 1 to 80 characters on one line, all of which they see',
    );
  const language = LANGUAGES.find((one) => one === (options.language ?? 'en'));
  if (language === undefined) throw new UsageError(`--language must be ${LANGUAGES.join(', ')}`);
  return async (trx) => {
    const account: { id: string; login: string; name: string; language: Language } = {
      id: newId(),
      login,
      name: name.data,
      language,
    };
    if (!(await insertAccount(trx, account)))
      throw new ExpectedError('this login is taken; nothing was changed');
    return [`${login}: made, ${account.id}`, ...(await giveResetCode(trx, account.id))];
  };
}

const invite: Order = async (trx) => {
  const code = makeSecretCode();
  const endsAt = await insertInvite(trx, hashSecretCode(code));
  return [
    `  invite    ${code}`,
    `  It is shown this once, and lets one person sign up until ${endsAt.toISOString()}:`,
    '  inviteCode in POST /v1/accounts',
  ];
};

const reset: Work = async (trx, account) => {
  const lines = await giveResetCode(trx, account.id);
  const ended = await endSessions(trx, account.id);
  await noteReset(trx, account.id);
  return [
    `${account.login}: its password opens nothing any more; ${count(ended, 'session')} ended`,
    ...lines,
  ];
};

async function giveResetCode(trx: Transaction, id: string): Promise<string[]> {
  const code = makeSecretCode();
  const endsAt = await startReset(trx, id, hashSecretCode(code));
  return [
    `  code      ${code}`,
    `  It is shown this once, and sets one password until ${endsAt.toISOString()}:`,
    '  POST /v1/password-resets with login, code and password',
  ];
}

const block = async (
  trx: Transaction,
  { id, login }: OperatedAccount,
  because: string,
): Promise<string[]> => {
  await blockAccount(trx, id, { because });
  const [sessions, calls] = [await endSessions(trx, id), await endCallsBegunBy(trx, id)];
  return [
    `${login}: blocked; ${count(sessions, 'session')} ended, and ${count(calls, 'call')} that it began`,
  ];
};

const unblock: Work = async (trx, { id, login, blockedAt }) => {
  if (blockedAt === null) return [`${login}: was not blocked`];
  await blockAccount(trx, id, null);
  return [`${login}: not blocked any more`];
};

const remove: Work = async (trx, { id, login, blockedAt }) => {
  if (blockedAt === null) throw new ExpectedError(`${login} is in use: block it first`);
  await endCallsBegunBy(trx, id);
  await closeAccount(trx, id);
  return [`${login}: removed; the worker erases within hours what is kept of it`];
};

const endOnes: Work = async (trx, { id, login }) => [
  `${login}: ${count(await endSessions(trx, id), 'session')} ended`,
];

const endSince =
  (since: Date): Order =>
  async (trx) => [
    `${count(await endSessionsSince(trx, since), 'session')} ended, that began or were used since ` +
      since.toISOString(),
  ];

await operate({
  name: 'accounts',
  usage: USAGE,
  parse,
  work: (order: Order) => (database) => database.transaction(order),
});
