import { useEffect, useRef, useState } from 'preact/hooks';
import { teamsRemoveMember } from '../../../client/generated/operations.js';
import { Confirm } from '../../parts/confirm.js';
import { Button } from '../../parts/form.js';
import { useAction } from '../../parts/use-action.js';
import { send } from '../../state/session.js';
import type { Words } from '../../texts/en.js';
import { useWords } from '../../texts/words.js';
import { forgetInvite } from './invites.js';
import type { Member, TeamSoFar } from './use-team.js';

interface MembersProps {
  team: TeamSoFar;
  onChange: () => void;
  showMore: () => void;
}

export function Members({ team, onChange, showMore }: MembersProps) {
  const { teams: words } = useWords();
  const heading = useRef<HTMLHeadingElement>(null);
  const [leaving, setLeaving] = useState<Member>();
  const [removed, setRemoved] = useState(0);
  const action = useAction(async () => {
    if (leaving === undefined) return;
    await send(teamsRemoveMember, { path: { id: team.id, accountId: leaving.accountId } });
    forgetInvite(team.id); // it lets nobody in any more
    setLeaving(undefined);
    setRemoved((count) => count + 1);
    onChange();
  });
  useEffect(() => {
    if (removed > 0) heading.current?.focus(); // once the dialog has given it back to a button that goes
  }, [removed]);
  const ask = (member: Member): void => {
    action.clear();
    setLeaving(member);
  };
  return (
    <section>
      <h2 ref={heading} tabIndex={-1}>
        {words.members}
      </h2>
      <ul class="plain">
        {team.members.map((member) => (
          <li key={member.accountId} class="card">
            <strong>{member.name}</strong>
            {member.accountId === team.mine?.accountId ? ` (${words.you})` : ''}
            {member.role === 'owner' ? <span class="quiet"> · {words.owner}</span> : null}
            <br />
            <span class="quiet">{describeReach(words, member)}</span>
            {team.role === 'owner' && member.role === 'member' ? (
              <div class="buttons">
                <Button onClick={() => ask(member)}>{words.remove(member.name)}</Button>
              </div>
            ) : null}
          </li>
        ))}
      </ul>
      {team.next === null ? null : <Button onClick={showMore}>{words.more}</Button>}
      {leaving === undefined ? null : (
        <Confirm
          question={words.removeAsk(leaving.name, team.name)}
          yes={words.remove(leaving.name)}
          action={action}
          onClose={() => setLeaving(undefined)}
        >
          <p>{words.removeText}</p>
        </Confirm>
      )}
    </section>
  );
}

/** What the team may do, and whether it can. */
function describeReach(
  { reach }: Words['teams'],
  { mayBeRung, mayBeInvited, isReachable }: Member,
): string {
  if (!mayBeRung && !mayBeInvited) return reach.none;
  const agreed = mayBeRung ? (mayBeInvited ? reach.everything : reach.ring) : reach.conference;
  return isReachable ? agreed : `${agreed} ${reach.noNumber}`;
}
