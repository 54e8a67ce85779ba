import type { Invite } from '../../../client/generated/operations.js';
import { session } from '../../state/session.js';
import { addressFor } from '../../state/place.js';

/**
 * Invite codes that this page was told: the server keeps only their hashes, so none comes again. They are in this
 * page's memory until it is closed or its person signs out, and in nothing that the browser keeps.
 */
const known = new Map<string, Invite>();

session.subscribe(() => {
  if (session.value.kind !== 'in') known.clear();
});

export const findInvite = (teamId: string): Invite | undefined => known.get(teamId);
export const keepInvite = (teamId: string, invite: Invite): void => void known.set(teamId, invite);
export const forgetInvite = (teamId: string): void => void known.delete(teamId);

/** Another window may have made another code since, or removed somebody: then the one here opens nothing. */
export function forgetInviteUnless(teamId: string, endsAt: string | null): void {
  if (known.get(teamId)?.inviteEndsAt !== endsAt) known.delete(teamId);
}

/** The code stands behind the #, which no browser sends: it is in no request and in no log. */
export const makeLink = ({ inviteCode }: Invite): string =>
  `${location.origin}${addressFor('/join')}#${inviteCode}`;

/** The code out of what was typed, or out of a link that was pasted whole. */
export const findCode = (text: string): string => text.slice(text.lastIndexOf('#') + 1).trim();
