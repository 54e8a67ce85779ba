import { useEffect, useRef } from 'preact/hooks';
import { teamsRead, type TeamWithMembers } from '../../../client/generated/operations.js';
import { useLive } from '../../parts/use-live.js';
import { useLoaded } from '../../parts/use-loaded.js';
import { getMe, send, session } from '../../state/session.js';
import { useStore } from '../../state/store.js';
import { forgetInviteUnless } from './invites.js';

export type Member = TeamWithMembers['members'][number];

/** A team with as many of its members as are wanted so far; one's own entry is always among them. */
export interface TeamSoFar extends TeamWithMembers {
  readonly mine: Member | undefined;
}

/** Reads a team, and again whenever it has changed; and when one comes back, since proofs of numbers end by time. */
export function useTeam(id: string) {
  const { id: myId } = getMe(useStore(session));
  const pages = useRef(1);
  const team = useLoaded(() => readTeam(id, myId, pages.current), id);
  useEffect(() => {
    const refresh = (): void => {
      if (document.visibilityState === 'visible' && navigator.onLine) team.reload();
    };
    document.addEventListener('visibilitychange', refresh);
    return () => document.removeEventListener('visibilitychange', refresh);
  }, [team.reload]);
  useLive(['team.changed', 'team.code', 'team.left'], (event) => {
    if ('teamId' in event && event.teamId !== id) return;
    if (event.kind === 'team.code') forgetInviteUnless(id, event.endsAt);
    team.reload();
  });
  const showMore = (): void => {
    pages.current += 1;
    team.reload();
  };
  return { team, showMore };
}

const readPage = (id: string, after?: string): Promise<TeamWithMembers> =>
  send(teamsRead, { path: { id }, query: { after } });

async function readTeam(id: string, myId: string, pages: number): Promise<TeamSoFar> {
  const findMine = ({ members }: TeamWithMembers): Member | undefined =>
    members.find(({ accountId }) => accountId === myId);
  let team = await readPage(id);
  for (let read = 1; read < pages && team.next !== null; read++) {
    const more = await readPage(id, team.next);
    team = { ...more, members: [...team.members, ...more.members] };
  }
  let mine = findMine(team);
  for (let next = team.next; mine === undefined && next !== null;) {
    const page = await readPage(id, next);
    mine = findMine(page);
    next = page.next;
  }
  return { ...team, mine };
}
