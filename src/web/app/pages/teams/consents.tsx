import { useRef, useState } from 'preact/hooks';
import {
  consentsConference,
  consentsRing,
  teamsGrant,
  teamsWithdraw,
  type Consent,
} from '../../../client/generated/operations.js';
import { Failure } from '../../parts/failure.js';
import { Button } from '../../parts/form.js';
import { Link } from '../../parts/link.js';
import { Loading } from '../../parts/loading.js';
import { useAction } from '../../parts/use-action.js';
import { useLoaded } from '../../parts/use-loaded.js';
import { getMe, send, session } from '../../state/session.js';
import { useStore } from '../../state/store.js';
import { useLanguage, useWords } from '../../texts/words.js';
import type { Member } from './use-team.js';

type Purpose = Consent['purpose'];
const TEXTS = { ring: consentsRing, conference: consentsConference };

interface ConsentsProps {
  teamId: string;
  mine: Member;
  onChange: () => void;
}

/** Whether this team may reach whoever looks: two consents, since the one is none to the other. */
export function OwnConsents({ teamId, mine, onChange }: ConsentsProps) {
  const { teams: words } = useWords();
  const { number } = getMe(useStore(session));
  const isProved = number !== null && number.mustProveAgain === null;
  return (
    <section>
      <h2>{words.reachYou}</h2>
      {isProved ? null : (
        <p>
          {words.noNumberYet} <Link to="/number">{words.verify}</Link>
        </p>
      )}
      <OwnConsent {...{ teamId, onChange }} purpose="ring" isGiven={mine.mayBeRung} />
      <OwnConsent {...{ teamId, onChange }} purpose="conference" isGiven={mine.mayBeInvited} />
    </section>
  );
}

interface ConsentProps {
  teamId: string;
  purpose: Purpose;
  isGiven: boolean;
  onChange: () => void;
}

function OwnConsent({ teamId, purpose, isGiven, onChange }: ConsentProps) {
  const { teams, teams: words } = useWords();
  const { title, given, notGiven } = teams.consent[purpose];
  const state = useRef<HTMLParagraphElement>(null);
  const settle = (): void => {
    onChange();
    state.current?.focus(); // the button that was pressed goes
  };
  const withdrawing = useAction(async () => {
    await send(teamsWithdraw, { path: { id: teamId }, query: { purpose } });
    settle();
  });
  return (
    <div class="card">
      <h3>{title}</h3>
      <p ref={state} tabIndex={-1} role="status" class={isGiven ? 'good' : ''}>
        {isGiven ? given : notGiven}
      </p>
      <ConsentText key={String(isGiven)} {...{ teamId, purpose, isGiven, settle }} />
      <Failure failure={withdrawing.failure} />
      {isGiven ? (
        <Button isBusy={withdrawing.isBusy} onClick={() => withdrawing.run()}>
          {words.consent[purpose].withdraw}
        </Button>
      ) : null}
    </div>
  );
}

interface TextProps {
  teamId: string;
  purpose: Purpose;
  isGiven: boolean;
  settle: () => void;
}

/** The text is read before there is a button that agrees to it. */
function ConsentText({ isGiven, ...rest }: TextProps) {
  const { teams: words } = useWords();
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{isGiven ? words.readGiven : words.consent[rest.purpose].read}</summary>
      {isOpen ? <OpenText isGiven={isGiven} {...rest} /> : null}
    </details>
  );
}

function OpenText({ teamId, purpose, isGiven, settle }: TextProps) {
  const { teams: words } = useWords();
  const language = useLanguage();
  const consent = useLoaded(() => send(TEXTS[purpose]), purpose);
  const granting = useAction(async (version: string) => {
    try {
      await send(teamsGrant, { path: { id: teamId }, body: { purpose, version, language } });
    } catch (error) {
      consent.reload(); // perhaps another text is in force
      throw error;
    }
    settle();
  });
  return (
    <Loading from={consent}>
      {({ version, texts }) => (
        <>
          <p>{texts[language]?.text}</p>
          <Failure failure={granting.failure} />
          {isGiven ? null : (
            <Button isMain isBusy={granting.isBusy} onClick={() => granting.run(version)}>
              {words.agree}
            </Button>
          )}
        </>
      )}
    </Loading>
  );
}
