import { useEffect, useState } from 'preact/hooks';
import { connection } from '../state/live.js';
import { useStore } from '../state/store.js';
import { useWords } from '../texts/words.js';

/** Says so where what is shown may be old. */
export function ConnectionNote() {
  const { trouble } = useWords();
  const isOnline = useOnline();
  const state = useStore(connection);
  const note = !isOnline ? trouble.offline : state === 'away' ? trouble.away : '';
  return (
    <p role="status" class={note === '' ? 'unseen' : 'note'}>
      {note}
    </p>
  );
}

function useOnline(): boolean {
  const [isOnline, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const look = (): void => setOnline(navigator.onLine);
    const leaving = new AbortController();
    for (const name of ['online', 'offline'])
      addEventListener(name, look, { signal: leaving.signal });
    look();
    return () => leaving.abort();
  }, []);
  return isOnline;
}
