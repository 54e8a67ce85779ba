import { useRef, useState } from 'preact/hooks';
import { ApiProblem } from '../../../client/client.js';
import { dingCreate } from '../../../client/generated/operations.js';
import { Failure, isWrongIn } from '../../parts/failure.js';
import { TextAreaField } from '../../parts/field.js';
import { Button } from '../../parts/form.js';
import { Link } from '../../parts/link.js';
import { Loading } from '../../parts/loading.js';
import { type Acquaintance, listInTheWay, loadAcquaintances } from '../../parts/people.js';
import { PeoplePicker } from '../../parts/people-picker.js';
import { describeMoment } from '../../parts/times.js';
import { Title } from '../../parts/title.js';
import { useAction } from '../../parts/use-action.js';
import { useLoaded } from '../../parts/use-loaded.js';
import { goTo } from '../../state/place.js';
import { getMe, send, session } from '../../state/session.js';
import { useStore } from '../../state/store.js';
import { useLanguage, useWords } from '../../texts/words.js';
import type { Ding } from './ding.js';
import { PreviewCard } from './preview-card.js';

type Way = Ding['channel'];
const WAYS: readonly Way[] = ['voice', 'sms', 'app'];
const LONGEST_TEXT = 1000;
const MOST_PEOPLE = 50;

/** Whom to reach, by which way, and what to say. */
export function NewDing() {
  const { dings: words } = useWords();
  const { compose } = words;
  const me = getMe(useStore(session));
  const people = useLoaded(() => loadAcquaintances('ring', me.id), me.id);
  const mayRing = me.number !== null && me.number.mustProveAgain === null;
  return (
    <>
      <Title>{compose.title}</Title>
      {mayRing ? (
        <Loading from={people}>
          {(all) => (all.length === 0 ? <Nobody /> : <Composer people={all} />)}
        </Loading>
      ) : (
        <>
          <p>{compose.proveFirst}</p>
          <p>
            <Link to="/number" class="button main">
              {compose.toNumber}
            </Link>
          </p>
        </>
      )}
    </>
  );
}

function Nobody() {
  const { dings: words } = useWords();
  const { compose } = words;
  return (
    <>
      <p>{compose.nobody}</p>
      <p>
        <Link to="/teams" class="button main">
          {compose.toTeams}
        </Link>
      </p>
    </>
  );
}

function Composer({ people }: { people: readonly Acquaintance[] }) {
  const { dings: words } = useWords();
  const { compose } = words;
  const [wanted, setWanted] = useState<readonly string[]>([]);
  const [way, setWay] = useState<Way>('voice');
  const [text, setText] = useState('');
  const [isAlone, setAlone] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const able = people.map((one) => openFor(way, one));
  const chosen = wanted.filter((id) =>
    able.some((one) => one.accountId === id && one.obstacle === undefined),
  );
  const sending = useAction(async () => {
    const body = { recipientIds: chosen, channel: way, text };
    const { id } = await send(dingCreate, { body });
    goTo(`/dings/${id}`, { isReplacing: true });
  });
  const refused = listInTheWay(sending.failure);
  const choose = (ids: readonly string[]): void => {
    setWanted(ids);
    setAlone(false);
  };
  return (
    <form
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        setAlone(chosen.length === 0);
        if (chosen.length === 0) form.current?.querySelector('input')?.focus();
        else sending.run();
      }}
    >
      <PeoplePicker
        label={compose.to}
        hint={chosen.length > MOST_PEOPLE ? compose.tooMany(MOST_PEOPLE) : undefined}
        people={able}
        chosen={chosen}
        onChoice={choose}
        refused={refused}
      />
      <WayField way={way} onChoice={setWay} />
      <TextAreaField
        label={compose.text}
        hint={
          isWrongIn(sending.failure, 'text')
            ? compose.textWrong
            : compose.textLeft(LONGEST_TEXT - text.length)
        }
        isWrong={isWrongIn(sending.failure, 'text')}
        maxLength={LONGEST_TEXT}
        rows={4}
        value={text}
        onText={setText}
      />
      {text.trim() === '' ? null : <PreviewCard text={text} way={way} />}
      {isAlone ? (
        <p class="failure" role="alert">
          {compose.chooseFirst}
        </p>
      ) : null}
      <Failure failure={sending.failure} />
      <InTheWay
        failure={sending.failure}
        people={people}
        onLeaveOut={() => {
          choose(wanted.filter((id) => !refused.includes(id)));
          sending.clear();
        }}
      />
      <Button isMain type="submit" isBusy={sending.isBusy}>
        {chosen.length === 0 ? compose.send : compose.sendTo(chosen.length)}
      </Button>
    </form>
  );
}

/** The app reaches those too who have no number. */
const openFor = (way: Way, one: Acquaintance): Acquaintance =>
  way === 'app' && one.obstacle === 'unreachable' ? { ...one, obstacle: undefined } : one;

function WayField({ way, onChoice }: { way: Way; onChoice: (way: Way) => void }) {
  const { dings: words } = useWords();
  return (
    <fieldset>
      <legend>{words.compose.way}</legend>
      {WAYS.map((one) => (
        <label key={one} class="check">
          <input
            type="radio"
            name="way"
            value={one}
            checked={one === way}
            onChange={() => onChoice(one)}
          />
          <span>
            {words.ways[one]}
            <span class="quiet">
              <span>{words.compose.wayHints[one]}</span>
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

interface InTheWayProps {
  failure: unknown;
  people: readonly Acquaintance[];
  onLeaveOut: () => void;
}

/** Who of them it is, and until when; all others can be reached without them. */
function InTheWay({ failure, people, onLeaveOut }: InTheWayProps) {
  const { dings: words } = useWords();
  const language = useLanguage();
  const refused = listInTheWay(failure);
  if (!(failure instanceof ApiProblem) || refused.length === 0) return null;
  const names = people.filter(({ accountId }) => refused.includes(accountId));
  const { retryAfter } = failure;
  const until = new Date(Date.now() + (retryAfter ?? 0) * 1000).toISOString();
  return (
    <div class="card">
      <p>
        <strong>{words.compose.isAbout(names.map(({ name }) => name).join(', '))}</strong>{' '}
        {retryAfter === undefined ? '' : words.compose.until(describeMoment(language, until))}
      </p>
      <Button onClick={onLeaveOut}>{words.compose.leaveOut}</Button>
    </div>
  );
}
