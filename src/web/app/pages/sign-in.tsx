import { useState } from 'preact/hooks';
import { TextField } from '../parts/field.js';
import { Form } from '../parts/form.js';
import { PasswordField } from '../parts/password-field.js';
import { Link } from '../parts/link.js';
import { Title } from '../parts/title.js';
import { useAction } from '../parts/use-action.js';
import { signIn } from '../state/session.js';
import { SIGN_UP } from '../state/sign-up-policy.js';
import { useWords } from '../texts/words.js';

export function SignIn() {
  const words = useWords().signIn;
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const action = useAction(() => signIn(login, password));
  return (
    <>
      <Title>{words.title}</Title>
      <Form action={action} submit={words.submit}>
        <TextField
          label={words.login}
          name="username"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          value={login}
          onText={setLogin}
        />
        <PasswordField
          label={words.password}
          name="password"
          autocomplete="current-password"
          value={password}
          onText={setPassword}
        />
      </Form>
      <p>
        <Link to="/reset">{words.forgotten}</Link>
      </p>
      {SIGN_UP === 'closed' ? null : (
        <p>
          {words.noAccount} <Link to="/sign-up">{words.signUp}</Link>
        </p>
      )}
    </>
  );
}
