import { useState } from 'preact/hooks';
import { conferenceCreate } from '../../../client/generated/operations.js';
import { CheckField } from '../../parts/check-field.js';
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
import { FEWEST_OTHERS, MOST_OTHERS } from './conference.js';

export function StartConference() {
  const { conferences: words } = useWords();
  const me = getMe(useStore(session));
  const people = useLoaded(() => loadAcquaintances('conference', me.id));
  const hasNumber = me.number !== null && me.number.mustProveAgain === null;
  return (
    <>
      <Title>{words.start}</Title>
      {hasNumber ? (
        <Loading from={people}>{(all) => <Choice people={all} />}</Loading>
      ) : (
        <>
          <p>{words.form.needNumber}</p>
          <Link to="/number" class="button main">
            {words.form.verify}
          </Link>
        </>
      )}
    </>
  );
}

function Choice({ people }: { people: readonly Acquaintance[] }) {
  const { conferences: words } = useWords();
  const { form } = words;
  const [accountIds, setChosen] = useState<string[]>([]);
  const [endsWithInitiator, setEndsWithMe] = useState(false);
  const [isTooFew, setTooFew] = useState(false);
  const action = useAction(async () => {
    setTooFew(accountIds.length < FEWEST_OTHERS);
    if (accountIds.length < FEWEST_OTHERS || accountIds.length > MOST_OTHERS) return;
    const { id } = await send(conferenceCreate, { body: { accountIds, endsWithInitiator } });
    goTo(`/conferences/${id}`, { isReplacing: true });
  });
  if (people.filter(({ obstacle }) => obstacle === undefined).length < FEWEST_OTHERS)
    return <Nobody people={people} />;
  return (
    <Form action={action} submit={form.submit}>
      <PeoplePicker
        label={form.whom}
        hint={form.atLeast}
        people={people}
        chosen={accountIds}
        refused={listInTheWay(action.failure)}
        onChoice={setChosen}
      />
      <CheckField label={form.endsWithMe} isChecked={endsWithInitiator} onCheck={setEndsWithMe} />
      <p class="hint">{form.seen}</p>
      <p role="alert" class="wrong">
        {isTooFew && accountIds.length < FEWEST_OTHERS ? form.tooFew : ''}
        {accountIds.length > MOST_OTHERS ? form.tooMany(MOST_OTHERS) : ''}
      </p>
    </Form>
  );
}

/** Too few for a conference; who they are, and what keeps each, is seen all the same. */
function Nobody({ people }: { people: readonly Acquaintance[] }) {
  const { conferences: words, people: ofPeople } = useWords();
  return (
    <>
      <p>{words.form.nobody}</p>
      <ul>
        {people.map(({ accountId, name, obstacle }) => (
          <li key={accountId}>
            {name}
            {obstacle === undefined ? null : (
              <span class="quiet"> · {ofPeople.obstacles[obstacle]}</span>
            )}
          </li>
        ))}
      </ul>
      <Link to="/teams" class="button">
        {words.form.toTeams}
      </Link>
    </>
  );
}
