import { ApiProblem } from '../../client/client.js';
import { teamsList, teamsRead, type TeamWithMembers } from '../../client/generated/operations.js';
import { send } from '../state/session.js';

type Member = TeamWithMembers['members'][number];

/** Somebody of a team of mine, and whether they may be called for this purpose. */
export interface Acquaintance {
  readonly accountId: string;
  readonly name: string;
  /** The teams that we share, by name. */
  readonly teams: readonly string[];
  /** In the way of a call: they haven't agreed to it in any of these teams, or have no proved number. */
  readonly obstacle: 'no_consent' | 'unreachable' | undefined;
}

/** All others of all my teams, each once; consent in one team that we share is enough. */
export async function loadAcquaintances(
  purpose: 'ring' | 'conference',
  myId: string,
): Promise<Acquaintance[]> {
  const { teams } = await send(teamsList);
  const found = new Map<string, Acquaintance>();
  for (const { name: team, members } of await Promise.all(teams.map(readWhole)))
    for (const member of members) {
      const { accountId, name } = member;
      if (accountId === myId) continue;
      const known = found.get(accountId);
      const obstacle = findObstacle(member, purpose);
      found.set(accountId, {
        accountId,
        name,
        teams: [...(known?.teams ?? []), team],
        obstacle: known !== undefined && obstacle === 'no_consent' ? known.obstacle : obstacle,
      });
    }
  return [...found.values()];
}

function findObstacle(
  { isReachable, mayBeRung, mayBeInvited }: Member,
  purpose: 'ring' | 'conference',
): Acquaintance['obstacle'] {
  if (!(purpose === 'ring' ? mayBeRung : mayBeInvited)) return 'no_consent';
  return isReachable ? undefined : 'unreachable';
}

async function readWhole({ id, name }: { id: string; name: string }) {
  const members: Member[] = [];
  for (let after: string | undefined; ;) {
    const page = await send(teamsRead, { path: { id }, query: { after } });
    members.push(...page.members);
    if (page.next === null) return { name, members };
    after = page.next;
  }
}

/** Whom a refusal names: they have withdrawn their consent meanwhile, or can't be reached. */
export const listInTheWay = (failure: unknown): readonly string[] =>
  failure instanceof ApiProblem ? (failure.body.accountIds ?? []) : [];
