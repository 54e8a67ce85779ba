import { useEffect, useRef } from 'preact/hooks';
import { callerIdOfDing } from '../../../client/generated/operations.js';
import { useLive } from '../../parts/use-live.js';
import { send } from '../../state/session.js';
import { useWords } from '../../texts/words.js';
import { type Ding, hasBegun } from './ding.js';

/** The number is made ready once something has begun; a live event says when it is. Without one, about now. */
const MAKING_MS = 1000;

/**
 * Shows the number of who sent a Ding, while it goes on and somebody looks at the page. It stands
 * in one text node and nowhere else: no state of the view's holds it, so that it is gone at once,
 * also where the page is frozen as it is.
 */
export function CallerId({ ding }: { ding: Ding }) {
  const { dings: words } = useWords();
  const slot = useRef<HTMLElement>(null);
  const wanted = useRef(0);
  const isThere = useRef(false);
  const { id, state, recipients } = ding;
  const mayBeSeen = state === 'live' && recipients.some(hasBegun);

  const hide = (): void => {
    wanted.current += 1;
    if (slot.current !== null) slot.current.textContent = '';
  };
  const show = async (): Promise<void> => {
    const isShown = slot.current === null || slot.current.textContent !== '';
    if (isShown || document.hidden || !navigator.onLine) return;
    const mine = ++wanted.current;
    const { callerIds } = await send(callerIdOfDing, { path: { id } });
    if (mine === wanted.current && slot.current !== null)
      slot.current.textContent = callerIds[0]?.number ?? '';
  };
  // Who may not see it yet is told when they may; who may not any more needs no word of it.
  const tryToShow = (): void => void show().catch(() => undefined);

  useEffect(() => {
    if (!mayBeSeen) return undefined;
    const turn = (): void => (document.hidden ? hide() : tryToShow());
    const leaving = new AbortController();
    const { signal } = leaving;
    document.addEventListener('visibilitychange', turn, { signal });
    addEventListener('pagehide', hide, { signal });
    addEventListener('pageshow', turn, { signal });
    // Whether the Ding still goes on isn't known without a network.
    addEventListener('offline', hide, { signal });
    addEventListener('online', turn, { signal });
    return () => {
      leaving.abort();
      hide();
    };
  }, [mayBeSeen, id]);
  useEffect(() => {
    if (!mayBeSeen) return undefined;
    if (isThere.current) {
      tryToShow();
      return undefined;
    }
    const timer = setTimeout(tryToShow, MAKING_MS);
    return () => clearTimeout(timer);
  }, [mayBeSeen, id]);
  useLive(['ding.caller_id', 'ding.ended'], (event) => {
    if ('callId' in event && event.callId !== id) return;
    if (event.kind === 'ding.ended') {
      hide();
      return;
    }
    isThere.current ||= event.kind === 'ding.caller_id';
    if (mayBeSeen) tryToShow();
  });

  return (
    <p class="caller">
      {words.callerId} <strong ref={slot} />
    </p>
  );
}
