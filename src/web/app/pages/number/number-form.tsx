import { useMemo, useRef, useState } from 'preact/hooks';
import { Failure } from '../../parts/failure.js';
import { SelectField, TextField } from '../../parts/field.js';
import { Button } from '../../parts/form.js';
import { useAction } from '../../parts/use-action.js';
import { useSpoken } from '../../texts/spoken.js';
import {
  guessCountry,
  listCountries,
  parseCountry,
  readNumber,
  typeNumber,
  type Typed,
} from './typing.js';

export type Channel = 'sms' | 'voice';

interface NumberFormProps {
  start: (number: string, by: Channel) => Promise<void>;
  /** Which one is chosen first; the one that the browser's languages point to if left out. */
  country?: string | undefined;
}

/** Which number, and by which way its code comes. */
export function NumberForm({ start, country }: NumberFormProps) {
  const {
    language,
    words: { number: words },
  } = useSpoken();
  const countries = useMemo(() => listCountries(language), [language]);
  const [typed, setTyped] = useState<Typed>(() => ({
    country: parseCountry(country) ?? guessCountry(navigator.languages),
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
