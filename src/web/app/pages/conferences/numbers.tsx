import { useEffect, useRef } from 'preact/hooks';
import { ApiProblem } from '../../../client/client.js';
import { callerIdOfConference } from '../../../client/generated/operations.js';
import { connection } from '../../state/live.js';
import { send } from '../../state/session.js';
import { useStore } from '../../state/store.js';

/** Where the numbers of those in the room stand on the page. */
export class NumberSlots {
  private readonly slots = new Map<string, HTMLElement>();

  put(participantId: string, slot: HTMLElement | null): void {
    if (slot === null) this.slots.delete(participantId);
    else this.slots.set(participantId, slot);
  }

  show(callerIds: readonly { participantId: string; number: string }[]): void {
    for (const [participantId, slot] of this.slots) {
      const shown = callerIds.find((one) => one.participantId === participantId);
      slot.textContent = shown?.number ?? '';
    }
  }
}

/**
 * Shows the numbers of `others` for as long as the rule allows it and somebody looks. They stand in
 * the page's text and nowhere else: no state holds one, so that they are gone at once, also from a
 * page that is frozen as it is. Where it isn't known how the conference stands (no stream of live
 * events, no network), there are none. `lookAgain` asks for them anew.
 */
export function useNumbers(
  callId: string,
  others: readonly string[],
): { slots: NumberSlots; lookAgain: () => void } {
  const isKnown = useStore(connection) === 'open';
  const { current: slots } = useRef(new NumberSlots());
  const newest = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  const wanted = isKnown ? [...others].sort().join(' ') : '';
  const isWanted = useRef(false);
  isWanted.current = wanted !== '';

  const hide = (): void => {
    newest.current += 1;
    clearTimeout(timer.current);
    slots.show([]);
  };
  const look = async (): Promise<void> => {
    if (!isWanted.current || document.hidden) return hide();
    clearTimeout(timer.current);
    const mine = ++newest.current;
    try {
      const { callerIds } = await send(callerIdOfConference, { path: { id: callId } });
      if (mine === newest.current) slots.show(callerIds);
    } catch (failure) {
      if (mine !== newest.current) return;
      const retryAfter = failure instanceof ApiProblem ? failure.retryAfter : undefined;
      // The call was busy, or these were many looks; the roster still says who is in the room.
      if (retryAfter !== undefined)
        timer.current = setTimeout(() => void look(), retryAfter * 1000);
      else hide();
    }
  };

  useEffect(() => void look(), [callId, wanted]);
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const turn = (): void => void look();
    document.addEventListener('visibilitychange', turn, { signal });
    addEventListener('pageshow', turn, { signal });
    addEventListener('pagehide', hide, { signal });
    addEventListener('offline', hide, { signal });
    return () => {
      leaving.abort();
      hide();
    };
  }, [callId]);
  return { slots, lookAgain: () => void look() };
}

interface NumberSlotProps {
  slots: NumberSlots;
  participantId: string;
}

/** A translator's service must not be sent it, so it isn't to be translated. */
export function NumberSlot({ slots, participantId }: NumberSlotProps) {
  const own = useRef<HTMLElement>(null);
  useEffect(() => {
    slots.put(participantId, own.current);
    return () => slots.put(participantId, null);
  }, [participantId]);
  return <strong ref={own} class="number" translate={false} />;
}
