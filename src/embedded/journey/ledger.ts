import type { DemoApi, Person } from './api.js';

interface Entry {
  basis: string;
  purpose: string;
  recipient: string;
  looks?: number;
}

/** The lines about each person's entries in the ledger, like ones counted. */
export async function summarizeLedger(api: DemoApi, people: readonly Person[]): Promise<string[]> {
  const lines: string[] = [];
  for (const person of people) {
    const { entries } = await api.call<{ entries: { body: string }[] }>(
      'GET',
      'ledger',
      undefined,
      person,
    );
    const counts = new Map<string, number>();
    for (const { body } of entries) {
      const text = describe(JSON.parse(body) as Entry, people);
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    lines.push(`  ${person.name}: ${entries.length === 0 ? 'never; there is none' : ''}`);
    for (const [text, count] of counts) lines.push(`    ${String(count)} × ${text}`);
  }
  return lines;
}

function describe({ basis, purpose, recipient, looks }: Entry, people: readonly Person[]): string {
  const what = purpose === 'ding' ? 'Ding' : purpose;
  const often = looks === undefined ? '' : `, ${String(looks)} times in all`;
  return `${basis}, for a ${what}: ${describeRecipient(recipient, people)}${often}`;
}

function describeRecipient(recipient: string, people: readonly Person[]): string {
  if (recipient === 'nobody') return 'opened, not handed over';
  if (recipient.startsWith('carrier:')) return 'given to the carrier, to reach the phone';
  if (recipient.startsWith('participants:'))
    return "sealed anew for the call's participants, until it ends";
  const who = people.find((one) => recipient === `account:${one.id}`);
  return `shown to ${who?.name ?? 'a participant'}, in the call`;
}
