import { useId } from 'preact/hooks';

interface CheckProps {
  label: string;
  detail?: string;
  /** Why this choice was refused. */
  wrong?: string | undefined;
  isChecked: boolean;
  isDisabled?: boolean;
  onCheck: (isChecked: boolean) => void;
}

/** A box to tick, whose whole line is pressed. */
export function CheckField({
  label,
  detail = '',
  wrong,
  isChecked,
  isDisabled = false,
  onCheck,
}: CheckProps) {
  const id = useId();
  return (
    <label class={isDisabled ? 'check off' : 'check'}>
      <input
        type="checkbox"
        checked={isChecked}
        disabled={isDisabled}
        aria-labelledby={id}
        aria-describedby={`${id}-more`}
        onChange={(event) => onCheck(event.currentTarget.checked)}
      />
      <span>
        <span id={id}>{label}</span>
        <span class="quiet" id={`${id}-more`}>
          {detail === '' ? null : <span>{detail}</span>}
          {wrong === undefined ? null : <span class="wrong">{wrong}</span>}
        </span>
      </span>
    </label>
  );
}
