import type { ButtonHTMLAttributes, ComponentChildren } from 'preact';
import type { Action } from './use-action.js';
import { Failure, type OwnWords } from './failure.js';

interface FormProps {
  action: Action<[]>;
  submit: string;
  /** It can't be taken back. */
  isDanger?: boolean;
  problems?: OwnWords;
  children: ComponentChildren;
}

/** Fields, what went wrong, and the one button that sends them; Enter does, too. */
export function Form({ action, submit, isDanger, problems, children }: FormProps) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        action.run();
      }}
    >
      {children}
      <Failure failure={action.failure} words={problems} />
      <Button isMain isDanger={isDanger} type="submit" isBusy={action.isBusy}>
        {submit}
      </Button>
    </form>
  );
}

type ButtonProps = ButtonHTMLAttributes & {
  isMain?: boolean;
  isDanger?: boolean;
  /** It goes on; a press does nothing, and the focus stays. */
  isBusy?: boolean;
};

export function Button({ isMain, isDanger, isBusy, type = 'button', ...rest }: ButtonProps) {
  const kinds = [isMain === true ? 'main' : '', isDanger === true ? 'danger' : ''];
  return (
    <button
      {...rest}
      type={type}
      class={kinds.filter((kind) => kind !== '').join(' ')}
      aria-disabled={isBusy === true ? true : undefined}
      aria-busy={isBusy === true ? true : undefined}
    />
  );
}
