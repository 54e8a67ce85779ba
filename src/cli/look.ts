import { Command } from 'commander';
import { formatSid } from '../apps/app.js';
import type { Executor } from '../kernel/database.js';
import { ExpectedError } from '../embedded/expected-error.js';
import {
  describeApp,
  describeCall,
  describeStep,
  describeWebhook,
  describeVerification,
  describeWay,
} from './look/describe.js';
import type { Found } from '../plaintext/looks.repository.js';
import { parseLookedUp } from './look/ids.js';
import {
  findSubject,
  getApp,
  getCall,
  getVerification,
  readNow,
  type Subject,
} from './look/subjects.repository.js';
import { listWebhooks, listWays, type Way } from './look/ways.repository.js';
import { operateAtOnce } from './operate.js';
import { UsageError } from './usage-error.js';

/**
 * `dingline look`: what became of one thing, from its start to the last callback: times, states,
 * reasons, the carrier's codes. It shows no number, name or text, and of a Ding or conference nobody
 * who is in it.
 */
export function look(): Command {
  return new Command('look')
    .description(
      'what became of a verification, Ding, conference, hand-off, message or call:\n' +
        "dingline look 0190a1b2-...            by its id, ours or the carrier's\n" +
        'dingline look --number "why I ask"    by a number, which it asks for',
    )
    .argument('<id or why...>')
    .option('--number', 'asks for a number, 20 an hour; its person reads that you looked, and why')
    .action(async (words: string[], { number: isByNumber }: { number?: true }) => {
      if (isByNumber === true)
        return (await import('./look/by-number.js')).lookByNumber(words, showFound);
      const what = parseLookedUp(words.join(' '));
      if (what === undefined)
        throw new UsageError(
          'this is no id; a number is not typed here: look --number "why", and it asks for it',
        );
      return operateAtOnce('look', async (trx) => {
        const subject = await findSubject(trx, what);
        if (subject === undefined)
          throw new ExpectedError('nothing has this id, or not any more (docs/retention.md)');
        return show(trx, subject, await readNow(trx));
      });
    });
}

async function show(db: Executor, { kind, id }: Subject, now: Date): Promise<string[]> {
  switch (kind) {
    case 'verification':
      return showVerification(db, id, now);
    case 'call':
      return showCall(db, id, now);
    case 'app':
      return describeApp(await getApp(db, id));
    case 'test':
      return (await listWebhooks(db, { id })).flatMap((one) => [
        ...describeWebhook(one),
        `  for       app ${formatSid('AC', one.appId)}`,
      ]);
    case 'handoff':
      return (await listWays(db, { ids: [id] })).flatMap((way) => [
        ...describeWay(way, now),
        ...describePurpose(way),
      ]);
  }
}

const describePurpose = ({ purpose, callId, subjectId }: Way): string[] => [
  `  for       ${purpose} ${callId ?? subjectId}`,
];

async function showVerification(db: Executor, id: string, now: Date): Promise<string[]> {
  const ways = await listWays(db, { subjects: [id] });
  return [
    ...describeVerification(await getVerification(db, id), now),
    ...ways.flatMap((way) => describeWay(way, now)),
    ...(await listWebhooks(db, { verificationId: id })).flatMap(describeWebhook),
  ];
}

async function showCall(db: Executor, id: string, now: Date): Promise<string[]> {
  const call = await getCall(db, id);
  const ways = await listWays(db, { subjects: call.steps.map((step) => step.id) });
  return [
    ...describeCall(call),
    ...call.steps.flatMap((step) => [
      ...describeStep(step),
      ...ways.filter((way) => way.subjectId === step.id).flatMap((way) => describeWay(way, now)),
    ]),
  ];
}

/** Of a number: its verifications whole, and of Dings and conferences the ways to it alone. */
async function showFound(db: Executor, found: Found): Promise<string[]> {
  const now = await readNow(db);
  const lines = [
    found.accountId === null ? 'no account has proved it' : `proved by account ${found.accountId}`,
  ];
  for (const id of found.verifications) lines.push(...(await showVerification(db, id, now)));
  for (const way of await listWays(db, { ids: found.handoffs }))
    lines.push(...describeWay(way, now), ...describePurpose(way));
  if (found.verifications.length + found.handoffs.length === 0)
    lines.push(
      'nothing went to it that is still kept. What never came to a worker is not found by number: ' +
        'a start that was refused (its answer says why), or one that still waits (dingline stops)',
    );
  return lines;
}
