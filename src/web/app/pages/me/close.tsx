import { useState } from 'preact/hooks';
import { passwordsClose } from '../../../client/generated/operations.js';
import { hasCode } from '../../parts/failure.js';
import { Form } from '../../parts/form.js';
import { PasswordField } from '../../parts/password-field.js';
import { Title } from '../../parts/title.js';
import { useAction } from '../../parts/use-action.js';
import { goTo } from '../../state/place.js';
import { getMe, leave, send, session } from '../../state/session.js';
import { useStore } from '../../state/store.js';
import { useWords } from '../../texts/words.js';
import { LoginForManagers } from './login-for-managers.js';

export function CloseAccount() {
  const { me: words, signIn } = useWords();
  const { login } = getMe(useStore(session));
  const [password, setPassword] = useState('');
  const action = useAction(async () => {
    await send(passwordsClose, { body: { password } });
    goTo('/closed', { isReplacing: true });
    leave();
  });
  return (
    <>
      <Title>{words.close.title}</Title>
      <p>{words.close.cannotUndo}</p>
      <ul>
        {words.close.what.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <Form
        action={action}
        submit={words.close.yes}
        isDanger
        problems={{ WRONG_CREDENTIALS: words.password.wrong }}
      >
        <LoginForManagers login={login} />
        <PasswordField
          label={signIn.password}
          hint={words.close.passwordHint}
          isWrong={hasCode(action.failure, 'WRONG_CREDENTIALS')}
          autocomplete="current-password"
          value={password}
          onText={setPassword}
        />
      </Form>
    </>
  );
}

/** What is seen by whoever has closed theirs. */
export function Closed() {
  const { me: words } = useWords();
  return (
    <>
      <Title>{words.close.done}</Title>
      <p>{words.close.doneText}</p>
    </>
  );
}
