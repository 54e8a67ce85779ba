import { useState } from 'preact/hooks';
import { isWrongIn } from '../parts/failure.js';
import { TextField } from '../parts/field.js';
import { Form } from '../parts/form.js';
import { PasswordField } from '../parts/password-field.js';
import { Link } from '../parts/link.js';
import { Title } from '../parts/title.js';
import { useAction } from '../parts/use-action.js';
import { signUp } from '../state/session.js';
import { SIGN_UP } from '../state/sign-up-policy.js';
import { useLanguage, useWords } from '../texts/words.js';

export function SignUp() {
  const words = useWords().signUp;
  const signIn = useWords().signIn;
  return (
    <>
      <Title>{words.title}</Title>
      {SIGN_UP === 'closed' ? <p>{words.closed}</p> : <SignUpForm />}
      <p>
        {words.hasAccount} <Link to="/sign-in">{signIn.title}</Link>
      </p>
    </>
  );
}

function SignUpForm() {
  const { signUp: words, signIn } = useWords();
  const language = useLanguage();
  const [name, setName] = useState('');
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const [invite, setInvite] = useState('');
  const action = useAction(() =>
    signUp({ name, login, password, language, ...(invite === '' ? {} : { inviteCode: invite }) }),
  );
  return (
    <Form action={action} submit={words.submit}>
      <TextField
        label={words.name}
        hint={words.nameHint}
        isWrong={isWrongIn(action.failure, 'name')}
        autocomplete="name"
        maxLength={80}
        value={name}
        onText={setName}
      />
      <TextField
        label={signIn.login}
        hint={words.loginHint}
        isWrong={isWrongIn(action.failure, 'login')}
        name="username"
        autocomplete="username"
        autocapitalize="none"
        spellcheck={false}
        value={login}
        onText={setLogin}
      />
      <PasswordField
        label={signIn.password}
        hint={words.passwordHint}
        isWrong={isWrongIn(action.failure, 'password')}
        name="new-password"
        autocomplete="new-password"
        value={password}
        onText={setPassword}
      />
      {SIGN_UP === 'open' ? null : (
        <TextField
          label={words.invite}
          hint={words.inviteHint}
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          value={invite}
          onText={setInvite}
        />
      )}
    </Form>
  );
}
