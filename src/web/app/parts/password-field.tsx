import { useState } from 'preact/hooks';
import { useWords } from '../texts/words.js';
import { TextField, type TextProps } from './field.js';

export function PasswordField(props: TextProps) {
  const { signIn } = useWords();
  const [isShown, setShown] = useState(false);
  return (
    <div class="with-button">
      <TextField {...props} type={isShown ? 'text' : 'password'} />
      <button
        type="button"
        class="quiet"
        aria-pressed={isShown}
        aria-label={signIn.show}
        onClick={() => setShown(!isShown)}
      >
        {isShown ? '◉' : '◎'}
      </button>
    </div>
  );
}
