import { useState } from 'preact/hooks';
import { accountsChange } from '../../../client/generated/operations.js';
import { isWrongIn, Failure } from '../../parts/failure.js';
import { SelectField, TextField } from '../../parts/field.js';
import { Button, Form } from '../../parts/form.js';
import { Link } from '../../parts/link.js';
import { describeTime } from '../../parts/times.js';
import { Title } from '../../parts/title.js';
import { useAction } from '../../parts/use-action.js';
import { useLoaded } from '../../parts/use-loaded.js';
import { getMe, refreshMe, replaceMe, send, session, signOut } from '../../state/session.js';
import { useStore } from '../../state/store.js';
import {
  chooseLanguage,
  LANGUAGE_NAMES,
  LANGUAGES,
  useLanguage,
  useWords,
  type Language,
} from '../../texts/words.js';
import { NoticeList } from './notices.js';

const NAMES = LANGUAGES.map((language) => [language, LANGUAGE_NAMES[language]] as const);

export function AboutMe() {
  const { me: words } = useWords();
  useLoaded(refreshMe); // a notice may have come since this page was loaded
  const leaving = useAction(signOut);
  return (
    <>
      <Title>{words.title}</Title>
      <NumberState />
      <NewestNotices />
      <NameForm />
      <LanguageChoice />
      <Places />
      <Failure failure={leaving.failure} />
      <Button isBusy={leaving.isBusy} onClick={() => leaving.run()}>
        {words.signOut}
      </Button>
    </>
  );
}

/** Whether there is a number, how long its proof holds, and where it is verified. */
function NumberState() {
  const { me: words, number: about } = useWords();
  const language = useLanguage();
  const { number } = getMe(useStore(session));
  return (
    <section class="card">
      <h2>{about.title}</h2>
      {number === null ? (
        <p>{words.noNumber}</p>
      ) : (
        <>
          <p>{about.proved(describeTime(language, number.verifiedAt))}</p>
          {number.mustProveAgain === null ? (
            <p class="quiet">{about.endsAt(describeTime(language, number.proofEndsAt))}</p>
          ) : (
            <p class="wrong">{about.mustProve[number.mustProveAgain.because]}</p>
          )}
        </>
      )}
      <p>
        <Link to="/number">{number === null ? words.verify : words.verifyAgain}</Link>
      </p>
      <p>
        <Link to="/me/ledger">{words.ledger.title}</Link>
      </p>
    </section>
  );
}

const SHOWN_HERE = 2;

function NewestNotices() {
  const { me: words } = useWords();
  const { notices } = getMe(useStore(session));
  if (notices.length === 0) return null;
  return (
    <section>
      <h2>{words.notices}</h2>
      <NoticeList notices={notices.slice(0, SHOWN_HERE)} />
      <p>
        <Link to="/me/notices">{words.allNotices}</Link>
      </p>
    </section>
  );
}

function Places() {
  const { me: words } = useWords();
  return (
    <ul class="plain">
      {(['sessions', 'password', 'close'] as const).map((name) => (
        <li key={name}>
          <Link to={`/me/${name}`} class="card entry">
            {words[name].title}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function NameForm() {
  const { me: words, common } = useWords();
  const me = getMe(useStore(session));
  const [name, setName] = useState(me.name);
  const [isSaved, setSaved] = useState(false);
  const action = useAction(async () => {
    replaceMe(await send(accountsChange, { body: { name } }));
    setSaved(true);
  });
  return (
    <Form action={action} submit={common.save}>
      <p class="quiet">
        {words.login}: {me.login}
      </p>
      <TextField
        label={words.name}
        isWrong={isWrongIn(action.failure, 'name')}
        autocomplete="name"
        maxLength={80}
        value={name}
        onText={(text) => {
          setName(text);
          setSaved(false);
        }}
      />
      <p role="status">{isSaved ? common.saved : ''}</p>
    </Form>
  );
}

/** One choice for both: what is shown here, and what is sent to the person. */
function LanguageChoice() {
  const { me: words } = useWords();
  const shown = useLanguage();
  const action = useAction(async (language: Language) => {
    await chooseLanguage(language);
    replaceMe(await send(accountsChange, { body: { language } }));
  });
  return (
    <>
      <SelectField
        label={words.language}
        hint={words.languageHint}
        value={shown}
        options={NAMES}
        onChoice={(language) => action.run(language)}
      />
      <Failure failure={action.failure} />
    </>
  );
}
