import { Command } from 'commander';
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
import { ExpectedError } from '../embedded/expected-error.js';
import type { Transaction } from '../kernel/database.js';
import { newId } from '../kernel/ids.js';
import { type Language, LANGUAGES } from '../texts/catalogue.js';
import { operateAtOnce } from './operate.js';
import { parseReason } from './reason.js';
import { UsageError } from './usage-error.js';

type Order = (trx: Transaction) => Promise<string[]>;
type Work = (trx: Transaction, account: OperatedAccount) => Promise<string[]>;

/**
 * `dingline accounts`: people's accounts, while everything runs. What it changes holds at once. For
 * whoever has the owner's login: no role may do any of it.
 */
export function accounts(): Command {
  const group = new Command('accounts').description("people's accounts");
  const add = (name: string, does: string, work: Work): Command =>
    group
      .command(name)
      .description(does)
      .argument('<login>')
      .action((login: string) => carryOut(login, work));
  add('find', 'who it is, since when, signed in where', describe);
  group
    .command('create')
    .description('makes an account, and a code by which its person sets a password')
    .argument('<login>')
    .option('--name <name>', 'what others are shown: --name "Ann"')
    .option('--language <language>', LANGUAGES.join(', '))
    .action((login: string, options: { name?: string; language?: string }) =>
      operateAtOnce('accounts', create(parseLogin(login), options)),
    );
  group
    .command('invite')
    .description('a code by which one person signs up (SIGN_UP=invite)')
    .action(() => operateAtOnce('accounts', invite));
  add('reset', 'a code by which its person sets another password; sessions end', reset);
  group
    .command('block')
    .description('nobody signs in to it; its sessions and the calls it began end')
    .argument('<login>')
    .argument('<why...>')
    .action((login: string, why: string[]) => {
      const because = parseReason(why);
      return carryOut(login, (trx, account) => block(trx, account, because));
    });
  add('unblock', 'lets its person sign in again', unblock);
  add('remove', 'for ever; block it first', remove);
  group
    .command('end-sessions')
    .description('of one account, or of all that began or were used since a time')
    .argument('[login]')
    .option('--since <time>', 'with its offset: 2026-11-28T10:00Z')
    .action((login: string | undefined, { since }: { since?: string }) => {
      if ((login === undefined) === (since === undefined))
        throw new UsageError('end-sessions takes a login, or --since');
      return since === undefined
        ? carryOut(login as string, endOnes)
        : operateAtOnce('accounts', endSince(parseTime(since)));
    });
  return group;
}

function parseLogin(text: string): string {
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

function carryOut(text: string, work: Work): Promise<void> {
  const login = parseLogin(text);
  return operateAtOnce('accounts', async (trx) => {
    const account = await findAccount(trx, login);
    if (account === undefined)
      throw new ExpectedError('nobody has this login; nothing was changed');
    return work(trx, account);
  });
}

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

function create(login: string, options: { name?: string; language?: string }): Order {
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
