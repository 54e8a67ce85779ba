import { useMemo, useRef, useState } from 'preact/hooks';
import { Failure } from '../../parts/failure.js';
import { SelectField, TextField } from '../../parts/field.js';
import { Button } from '../../parts/form.js';
import { useAction } from '../../parts/use-action.js';
import { useLanguage, useWords } from '../../texts/words.js';
import { guessCountry, listCountries, readNumber, typeNumber, type Typed } from './typing.js';

export type Channel = 'sms' | 'voice';

/** Which number, and by which way its code comes. */
export function NumberForm({ start }: { start: (number: string, by: Channel) => Promise<void> }) {
  const { number: words } = useWords();
  const language = useLanguage();
  const countries = useMemo(() => listCountries(language), [language]);
  const [typed, setTyped] = useState<Typed>(() => ({
    country: guessCountry(navigator.languages),
    text: '',
  }));
  const form = useRef<HTMLFormElement>(null);
  const starting = useAction((by: Channel) => start(readNumber(typed), by));
  return (
    <form
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        starting.run('sms');
      }}
    >
      <SelectField
        label={words.country}
        autocomplete="country"
        value={typed.country}
        options={countries}
        onChoice={(country) => setTyped({ country, text: typed.text })}
      />
      <TextField
        label={words.number}
        hint={words.numberHint}
        type="tel"
        inputMode="tel"
        autocomplete="tel"
        value={typed.text}
        onText={(text, field) =>
          setTyped(typeNumber(typed, text, field.selectionStart === text.length))
        }
      />
      <Failure failure={starting.failure} />
      <Button isMain type="submit" isBusy={starting.isBusy}>
        {words.bySms}
      </Button>
      <p class="hint">{words.callHint}</p>
      <Button
        isBusy={starting.isBusy}
        onClick={() => {
          if (form.current?.reportValidity() === true) starting.run('voice');
        }}
      >
        {words.byCall}
      </Button>
    </form>
  );
}
