import { useId, useState } from 'preact/hooks';
import { useLanguage, useWords } from '../texts/words.js';
import { CheckField } from './check-field.js';
import { TextField } from './field.js';
import type { Acquaintance } from './people.js';

interface PickerProps {
  /** What they are chosen for: `Whom do you want to call?` */
  label: string;
  hint?: string;
  people: readonly Acquaintance[];
  chosen: readonly string[];
  onChoice: (accountIds: string[]) => void;
  /** Whom an answer named as those who stand in the way; see `listInTheWay`. */
  refused?: readonly string[];
}

/** So many are seen at once without a search. */
const SEARCHED_FROM = 8;

/** Small letters without accents: whoever types `jose` finds José. */
const simplify = (text: string): string =>
  text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase();

/** Chooses people by their names. Who can't be called comes last, with the reason. */
export function PeoplePicker({ label, hint, people, chosen, onChoice, refused = [] }: PickerProps) {
  const { people: words } = useWords();
  const language = useLanguage();
  const [search, setSearch] = useState('');
  const hintId = useId();
  const rank = (one: Acquaintance): number => (one.obstacle === undefined ? 0 : 1);
  const sorted = [...people].sort(
    (a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name, language),
  );
  const shown = sorted.filter(({ name }) => simplify(name).includes(simplify(search.trim())));
  const names = sorted.filter((one) => chosen.includes(one.accountId)).map(({ name }) => name);
  const isOneTeam = new Set(people.flatMap(({ teams }) => teams)).size <= 1;
  const describe = (one: Acquaintance): string[] => [
    ...(one.obstacle === undefined ? [] : [words.obstacles[one.obstacle]]),
    ...(isOneTeam ? [] : [one.teams.join(', ')]),
  ];
  const toggle = (accountId: string, isChosen: boolean): void =>
    onChoice(isChosen ? [...chosen, accountId] : chosen.filter((id) => id !== accountId));
  return (
    <fieldset aria-describedby={hint === undefined ? undefined : hintId}>
      <legend>{label}</legend>
      {hint === undefined ? null : (
        <p class="hint" id={hintId}>
          {hint}
        </p>
      )}
      {people.length < SEARCHED_FROM ? null : (
        <TextField
          label={words.search}
          type="search"
          required={false}
          autocomplete="off"
          value={search}
          onText={setSearch}
        />
      )}
      <ul class="plain">
        {shown.map((one) => (
          <li key={one.accountId}>
            <CheckField
              label={one.name}
              detail={describe(one).join(' · ')}
              wrong={refused.includes(one.accountId) ? words.inTheWay : undefined}
              isDisabled={one.obstacle !== undefined}
              isChecked={chosen.includes(one.accountId)}
              onCheck={(isChosen) => toggle(one.accountId, isChosen)}
            />
          </li>
        ))}
      </ul>
      {shown.length === 0 ? <p class="quiet">{words.nobodyFound}</p> : null}
      <p role="status">{names.length === 0 ? '' : words.chosen(names.join(', '))}</p>
    </fieldset>
  );
}
