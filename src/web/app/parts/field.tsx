import type {
  ComponentChildren,
  InputHTMLAttributes,
  SelectHTMLAttributes,
  TextareaHTMLAttributes,
} from 'preact';
import { useId } from 'preact/hooks';
import { useSpoken } from '../texts/spoken.js';

interface FieldProps {
  label: string;
  hint?: ComponentChildren;
  isOptional?: boolean;
  isWrong?: boolean;
}

interface OwnIds {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': true | undefined;
}

function Field({
  label,
  hint,
  isOptional,
  isWrong,
  children,
}: FieldProps & { children: (ids: OwnIds) => ComponentChildren }) {
  const { common } = useSpoken().words;
  const id = useId();
  const hintId = `${id}-hint`;
  return (
    <div class="field">
      <label for={id}>
        {label}
        {isOptional === true ? <span class="quiet"> ({common.optional})</span> : null}
      </label>
      {children({
        id,
        'aria-describedby': hint === undefined ? undefined : hintId,
        'aria-invalid': isWrong === true ? true : undefined,
      })}
      {hint === undefined ? null : (
        <p class={isWrong === true ? 'hint wrong' : 'hint'} id={hintId}>
          {hint}
        </p>
      )}
    </div>
  );
}

export type TextProps = FieldProps &
  Omit<InputHTMLAttributes, 'value' | 'onInput' | 'label'> & {
    value: string;
    onText: (text: string, field: HTMLInputElement) => void;
  };

export function TextField({
  label,
  hint,
  isOptional,
  isWrong,
  value,
  onText,
  ...input
}: TextProps) {
  return (
    <Field {...{ label, hint, isOptional, isWrong }}>
      {(ids) => (
        <input
          {...ids}
          required={isOptional !== true}
          {...input}
          value={value}
          onInput={({ currentTarget: field }) => onText(field.value, field)}
        />
      )}
    </Field>
  );
}

type TextAreaProps = FieldProps &
  Omit<TextareaHTMLAttributes, 'value' | 'onInput' | 'label'> & {
    value: string;
    onText: (text: string) => void;
  };

/** For a text of several lines. */
export function TextAreaField({
  label,
  hint,
  isOptional,
  isWrong,
  value,
  onText,
  ...area
}: TextAreaProps) {
  return (
    <Field {...{ label, hint, isOptional, isWrong }}>
      {(ids) => (
        <textarea
          {...ids}
          required={isOptional !== true}
          {...area}
          value={value}
          onInput={(event) => onText(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

type SelectProps<T extends string> = FieldProps &
  Omit<SelectHTMLAttributes, 'value' | 'onChange' | 'label'> & {
    value: T;
    options: readonly (readonly [value: T, label: string])[];
    onChoice: (value: T) => void;
  };

export function SelectField<T extends string>({
  label,
  hint,
  isOptional,
  isWrong,
  value,
  options,
  onChoice,
  ...select
}: SelectProps<T>) {
  return (
    <Field {...{ label, hint, isOptional, isWrong }}>
      {(ids) => (
        <select
          {...ids}
          {...select}
          value={value}
          onChange={(event) => onChoice(event.currentTarget.value as T)}
        >
          {options.map(([one, name]) => (
            <option key={one} value={one} selected={one === value}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
