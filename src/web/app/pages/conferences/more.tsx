import { useState } from 'preact/hooks';
import { conferenceAdd, conferenceGet } from '../../../client/generated/operations.js';
import type { ViewProps } from '../../page.js';
import { Form } from '../../parts/form.js';
import { Link } from '../../parts/link.js';
import { Loading } from '../../parts/loading.js';
import { PeoplePicker } from '../../parts/people-picker.js';
import { listInTheWay, loadAcquaintances, type Acquaintance } from '../../parts/people.js';
import { Title } from '../../parts/title.js';
import { useAction } from '../../parts/use-action.js';
import { useLoaded } from '../../parts/use-loaded.js';
import { goTo } from '../../state/place.js';
import { getMe, send, session } from '../../state/session.js';
import { useStore } from '../../state/store.js';
import { useWords } from '../../texts/words.js';

/** Calls more people into a conference; who was removed may come back. */
export function CallMore({ params: { id = '' } }: ViewProps) {
  const { conferences: words } = useWords();
  const me = getMe(useStore(session));
  const people = useLoaded(() => loadOutside(id, me.id), id);
  return (
    <>
      <Title>{words.more.title}</Title>
      <Loading from={people}>
        {(all) =>
          all.some(({ obstacle }) => obstacle === undefined) ? (
            <Choice id={id} people={all} />
          ) : (
            <p>{words.more.nobody}</p>
          )
        }
      </Loading>
      <p>
        <Link to={`/conferences/${id}`}>{words.more.back}</Link>
      </p>
    </>
  );
}

async function loadOutside(id: string, myId: string): Promise<Acquaintance[]> {
  const [{ participants }, people] = await Promise.all([
    send(conferenceGet, { path: { id } }),
    loadAcquaintances('conference', myId),
  ]);
  const inside = participants.filter(({ presence }) => presence !== 'removed');
  return people.filter((one) => !inside.some(({ accountId }) => accountId === one.accountId));
}

function Choice({ id, people }: { id: string; people: readonly Acquaintance[] }) {
  const { more: words } = useWords().conferences;
  const [accountIds, setChosen] = useState<string[]>([]);
  const action = useAction(async () => {
    if (accountIds.length > 0) await send(conferenceAdd, { path: { id }, body: { accountIds } });
    goTo(`/conferences/${id}`, { isReplacing: true });
  });
  return (
    <Form action={action} submit={words.submit}>
      <PeoplePicker
        label={words.whom}
        people={people}
        chosen={accountIds}
        refused={listInTheWay(action.failure)}
        onChoice={setChosen}
      />
    </Form>
  );
}
