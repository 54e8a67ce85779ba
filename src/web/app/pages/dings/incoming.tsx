import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { dingGet } from '../../../client/generated/operations.js';
import { Button } from '../../parts/form.js';
import { useLive } from '../../parts/use-live.js';
import { useLoaded } from '../../parts/use-loaded.js';
import { send } from '../../state/session.js';
import { Store } from '../../state/store.js';
import { useWords } from '../../texts/words.js';
import { DING_NEWS, isToConfirm } from './ding.js';
import { readDings } from './read-dings.js';

import { ToMe } from './to-me.js';

/** Which Ding fills the screen. What stands behind it doesn't show the caller's number, too. */
export const inFront = new Store<string | undefined>(undefined);

/** Put aside by its person, for as long as the page is open. */
const putAside = new Set<string>();

/**
 * A Ding to whoever is signed in fills the screen, whatever they look at, until they confirm it or
 * put it aside. What they were at stands behind it as it was.
 */
export function Incoming() {
  const dings = useLoaded(() => readDings(1));
  useLive(DING_NEWS, dings.reload);
  const [shown, setShown] = useState<string>();
  const waiting = dings.data?.dings.filter((ding) => isToConfirm(ding) && !putAside.has(ding.id));
  // The one that has waited longest comes first; it stays until its person is done with it.
  const oldest = waiting?.at(-1)?.id;
  useEffect(() => {
    if (shown === undefined && oldest !== undefined) setShown(oldest);
  }, [shown, oldest]);
  useEffect(() => {
    inFront.set(shown);
    return () => inFront.set(undefined);
  }, [shown]);
  if (shown === undefined) return null;
  const close = (): void => {
    putAside.add(shown);
    setShown(undefined);
  };
  return <InFront key={shown} id={shown} onClose={close} />;
}

function InFront({ id, onClose }: { id: string; onClose: () => void }) {
  const { dings: words, common } = useWords();
  const ding = useLoaded(() => send(dingGet, { path: { id } }), id);
  useLive(DING_NEWS, ding.reload);
  const { data } = ding;
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const titleId = useId();
  const isRead = data !== undefined;
  useEffect(() => {
    if (!isRead) return;
    dialog.current?.showModal();
    // Not the button: whoever is typing would confirm by the next blank.
    heading.current?.focus();
  }, [isRead]);
  if (data === undefined) return null;
  const isToDo = data.state === 'live' && data.recipients.every((one) => one.confirmedAt === null);
  return (
    <dialog
      ref={dialog}
      class={isToDo ? 'in-front' : 'in-front calm'}
      aria-labelledby={titleId}
      onClose={onClose}
    >
      <h2 id={titleId} ref={heading} tabIndex={-1}>
        {words.urgentFrom(data.from.name)}
      </h2>
      <ToMe ding={data} isInFront onChange={ding.reload} />
      <div class="buttons">
        <Button onClick={() => dialog.current?.close()}>
          {isToDo ? words.later : common.close}
        </Button>
      </div>
    </dialog>
  );
}
