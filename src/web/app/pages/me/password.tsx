import { useState } from 'preact/hooks';
import { passwordsChange } from '../../../client/generated/operations.js';
import { hasCode, isWrongIn } from '../../parts/failure.js';
import { Form } from '../../parts/form.js';
import { PasswordField } from '../../parts/password-field.js';
import { Link } from '../../parts/link.js';
import { Title } from '../../parts/title.js';
import { useAction } from '../../parts/use-action.js';
import { getMe, send, session } from '../../state/session.js';
import { useStore } from '../../state/store.js';
import { useWords } from '../../texts/words.js';
import { LoginForManagers } from './login-for-managers.js';

export function Password() {
  const { me: words, signIn, signUp } = useWords();
  const { login } = getMe(useStore(session));
  const [old, setOld] = useState('');
  const [next, setNext] = useState('');
  const [isChanged, setChanged] = useState(false);
  const action = useAction(async () => {
    setChanged(false);
    await send(passwordsChange, { body: { oldPassword: old, newPassword: next } });
    setChanged(true);
    setOld('');
    setNext('');
  });
  return (
    <>
      <Title>{words.password.title}</Title>
      <p>{words.password.what}</p>
      <p class="good" role="status">
        {isChanged ? words.password.changed : ''}
      </p>
      <Form
        action={action}
        submit={words.password.change}
        problems={{ WRONG_CREDENTIALS: words.password.wrong }}
      >
        <LoginForManagers login={login} />
        <PasswordField
          label={words.password.old}
          isWrong={hasCode(action.failure, 'WRONG_CREDENTIALS')}
          autocomplete="current-password"
          value={old}
          onText={setOld}
        />
        <PasswordField
          label={words.password.next}
          hint={signUp.passwordHint}
          isWrong={isWrongIn(action.failure, 'newPassword')}
          autocomplete="new-password"
          value={next}
          onText={setNext}
        />
      </Form>
      <p>
        <Link to="/reset">{signIn.forgotten}</Link>
      </p>
    </>
  );
}
