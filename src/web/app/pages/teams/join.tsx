import { useEffect, useState } from 'preact/hooks';
import { teamsJoin } from '../../../client/generated/operations.js';
import { hasCode } from '../../parts/failure.js';
import { TextField } from '../../parts/field.js';
import { Form } from '../../parts/form.js';
import { Link } from '../../parts/link.js';
import { Title } from '../../parts/title.js';
import { useAction } from '../../parts/use-action.js';
import { goTo } from '../../state/place.js';
import { send, session } from '../../state/session.js';
import { useStore } from '../../state/store.js';
import { useWords } from '../../texts/words.js';
import { findCode } from './invites.js';

/** By a code that is typed, or by a link that has brought it behind its #. */
export function JoinTeam() {
  const { teams: words } = useWords();
  const { kind } = useStore(session);
  return (
    <>
      <Title>{words.join}</Title>
      {kind === 'in' ? <JoinForm /> : <SignInFirst />}
    </>
  );
}

/** The link stays what is wanted: it is gone on with after signing in or up. */
function SignInFirst() {
  const { teams: words, signIn, signUp } = useWords();
  return (
    <>
      <p>{words.signInFirst}</p>
      <div class="buttons">
        <Link to="/sign-up" class="button">
          {signUp.title}
        </Link>
        <Link to="/sign-in" class="button">
          {signIn.title}
        </Link>
      </div>
    </>
  );
}

function JoinForm() {
  const { teams: words } = useWords();
  const [isInvited, setInvited] = useState(location.hash !== '');
  const [code, setCode] = useState(findCode(location.hash));
  useEffect(() => {
    const readLink = (): void => {
      setInvited(location.hash !== '');
      setCode(findCode(location.hash));
    };
    addEventListener('hashchange', readLink); // another link was opened in this tab
    return () => removeEventListener('hashchange', readLink);
  }, []);
  const action = useAction(async () => {
    const { id } = await send(teamsJoin, { body: { inviteCode: findCode(code) } });
    goTo(`/teams/${id}`, { isReplacing: true }); // and the code is out of the address
  });
  return (
    <>
      {isInvited ? <p>{words.invited}</p> : null}
      <p class="quiet">{words.joiningIsNoConsent}</p>
      <Form action={action} submit={words.joinIt} problems={{ NOT_FOUND: words.badCode }}>
        <TextField
          label={words.code}
          hint={words.codeHint}
          isWrong={hasCode(action.failure, 'NOT_FOUND')}
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          value={code}
          onText={setCode}
        />
      </Form>
    </>
  );
}
