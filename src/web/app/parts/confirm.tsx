import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { useWords } from '../texts/words.js';
import { Failure } from './failure.js';
import { Button } from './form.js';
import type { Action } from './use-action.js';

interface ConfirmProps {
  question: string;
  children?: ComponentChildren;
  /** What is done, in a verb: `Leave the team`. */
  yes: string;
  action: Action<[]>;
  onClose: () => void;
}

/** Asks before something that can't be taken back. It is the browser's own dialog: Esc closes it, the focus returns. */
export function Confirm({ question, children, yes, action, onClose }: ConfirmProps) {
  const { common } = useWords();
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close(); // before it goes, so that the focus returns
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{question}</h2>
      {children}
      <Failure failure={action.failure} />
      <div class="buttons">
        <Button isDanger isBusy={action.isBusy} onClick={() => action.run()}>
          {yes}
        </Button>
        <Button onClick={() => dialog.current?.close()}>{common.cancel}</Button>
      </div>
    </dialog>
  );
}
