import { useState } from 'preact/hooks';
import { teamsLeave } from '../../../client/generated/operations.js';
import type { ViewProps } from '../../page.js';
import { Confirm } from '../../parts/confirm.js';
import { hasCode } from '../../parts/failure.js';
import { Button } from '../../parts/form.js';
import { Link } from '../../parts/link.js';
import { Loading } from '../../parts/loading.js';
import { Title } from '../../parts/title.js';
import { useAction } from '../../parts/use-action.js';
import { goTo } from '../../state/place.js';
import { send } from '../../state/session.js';
import { useWords } from '../../texts/words.js';
import { OwnConsents } from './consents.js';
import { InvitePeople } from './invite.js';
import { findInvite, forgetInvite } from './invites.js';
import { Members } from './members.js';
import { type TeamSoFar, useTeam } from './use-team.js';

export function TeamPage({ params: { id = '' } }: ViewProps) {
  const { teams: words } = useWords();
  const { team, showMore } = useTeam(id);
  const [isNew] = useState(() => findInvite(id) !== undefined); // it was made a moment ago
  if (hasCode(team.failure, 'NOT_FOUND')) return <Gone />;
  return (
    <>
      <Title>{team.data?.name ?? words.team}</Title>
      <Loading from={team}>
        {(data) => (
          <>
            {isNew ? <InvitePeople team={data} /> : null}
            {data.mine === undefined ? null : (
              <OwnConsents teamId={id} mine={data.mine} onChange={team.reload} />
            )}
            <Members team={data} onChange={team.reload} showMore={showMore} />
            {isNew ? null : <InvitePeople team={data} />}
            <Leave team={data} />
          </>
        )}
      </Loading>
    </>
  );
}

/** Whoever isn't in a team, or not any more, is told no more of it than that. */
function Gone() {
  const { teams: words } = useWords();
  return (
    <>
      <Title>{words.team}</Title>
      <p role="status">{words.gone}</p>
      <p>
        <Link to="/teams">{words.all}</Link>
      </p>
    </>
  );
}

function Leave({ team }: { team: TeamSoFar }) {
  const { teams: words } = useWords();
  const [isAsking, setAsking] = useState(false);
  const action = useAction(async () => {
    await send(teamsLeave, { path: { id: team.id } });
    forgetInvite(team.id);
    goTo('/teams', { isReplacing: true });
  });
  const isAlone = team.members.length === 1 && team.next === null;
  return (
    <div class="buttons">
      <Button onClick={() => setAsking(true)}>{words.leave}</Button>
      {isAsking ? (
        <Confirm
          question={words.leaveAsk(team.name)}
          yes={words.leave}
          action={action}
          onClose={() => setAsking(false)}
        >
          <p>{isAlone ? words.leaveAlone : words.leaveText}</p>
          {team.role === 'owner' && !isAlone ? <p>{words.leaveAsOwner}</p> : null}
        </Confirm>
      ) : null}
    </div>
  );
}
