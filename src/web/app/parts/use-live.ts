import { useEffect, useRef } from 'preact/hooks';
import type { LiveKind, StreamEvent } from '../../client/live-events.js';
import { onLive } from '../state/live.js';

/**
 * Calls back at each event of these kinds, and where events may have been missed: whoever is called
 * back then reads anew what it shows.
 */
export function useLive(kinds: readonly LiveKind[], changed: (event: StreamEvent) => void): void {
  const callback = useRef(changed);
  callback.current = changed;
  const wanted = kinds.join(' ');
  useEffect(
    () =>
      onLive((event) => {
        const isFresh = event.kind === 'hello' || event.kind === 'reset';
        if (isFresh || wanted.split(' ').includes(event.kind)) callback.current(event);
      }),
    [wanted],
  );
}
