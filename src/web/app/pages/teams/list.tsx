import { teamsList } from '../../../client/generated/operations.js';
import { Link } from '../../parts/link.js';
import { Loading } from '../../parts/loading.js';
import { Title } from '../../parts/title.js';
import { useLive } from '../../parts/use-live.js';
import { useLoaded } from '../../parts/use-loaded.js';
import { send } from '../../state/session.js';
import { useWords } from '../../texts/words.js';

export function TeamList() {
  const { teams: words } = useWords();
  const list = useLoaded(() => send(teamsList));
  useLive(['team.changed', 'team.left'], list.reload);
  return (
    <>
      <Title>{words.title}</Title>
      <Loading from={list}>
        {({ teams }) =>
          teams.length === 0 ? (
            <>
              <p>{words.none}</p>
              <p>{words.what}</p>
            </>
          ) : (
            <ul class="plain">
              {teams.map(({ id, name, role }) => (
                <li key={id}>
                  <Link to={`/teams/${id}`} class="card entry">
                    <strong>{name}</strong>
                    <br />
                    <span class="quiet">{words.yourRole[role]}</span>
                  </Link>
                </li>
              ))}
            </ul>
          )
        }
      </Loading>
      <div class="buttons">
        <Link to="/teams/new" class="button">
          {words.make}
        </Link>
        <Link to="/join" class="button">
          {words.join}
        </Link>
      </div>
    </>
  );
}
