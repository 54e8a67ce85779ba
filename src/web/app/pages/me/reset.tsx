import { useState } from 'preact/hooks';
import { passwordsReset } from '../../../client/generated/operations.js';
import { hasCode, isWrongIn } from '../../parts/failure.js';
import { TextField } from '../../parts/field.js';
import { Form } from '../../parts/form.js';
import { PasswordField } from '../../parts/password-field.js';
import { Link } from '../../parts/link.js';
import { Title } from '../../parts/title.js';
import { useAction } from '../../parts/use-action.js';
import { refreshMe, send, session } from '../../state/session.js';
import { useWords } from '../../texts/words.js';

/** By a code of an operator's, whether signed in or not: all sessions of that account end. */
export function ResetPassword() {
  const { me: words, signIn } = useWords();
  const [isDone, setDone] = useState(false);
  return (
    <>
      <Title>{words.reset.title}</Title>
      {isDone ? (
        <>
          <p class="good" role="status">
            {words.reset.done}
          </p>
          <p>
            <Link to="/sign-in">{signIn.title}</Link>
          </p>
        </>
      ) : (
        <>
          <p>{words.reset.what}</p>
          <ResetForm onDone={() => setDone(true)} />
        </>
      )}
    </>
  );
}

function ResetForm({ onDone }: { onDone: () => void }) {
  const { me: words, signIn, signUp } = useWords();
  const [login, setLogin] = useState('');
  const [code, setCode] = useState('');
  const [password, setPassword] = useState('');
  const action = useAction(async () => {
    await send(passwordsReset, { body: { login, code, password } });
    onDone();
    if (session.value.kind === 'in') await refreshMe().catch(() => undefined); // perhaps it was theirs
  });
  return (
    <Form action={action} submit={words.reset.submit}>
      <TextField
        label={signIn.login}
        isWrong={isWrongIn(action.failure, 'login')}
        name="username"
        autocomplete="username"
        autocapitalize="none"
        spellcheck={false}
        value={login}
        onText={setLogin}
      />
      <TextField
        label={words.reset.code}
        hint={words.reset.codeHint}
        isWrong={hasCode(action.failure, 'WRONG_RESET_CODE') || isWrongIn(action.failure, 'code')}
        autocomplete="off"
        autocapitalize="characters"
        spellcheck={false}
        value={code}
        onText={setCode}
      />
      <PasswordField
        label={words.password.next}
        hint={signUp.passwordHint}
        isWrong={isWrongIn(action.failure, 'password')}
        name="new-password"
        autocomplete="new-password"
        value={password}
        onText={setPassword}
      />
    </Form>
  );
}
