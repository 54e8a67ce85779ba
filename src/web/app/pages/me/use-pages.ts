import { useState } from 'preact/hooks';
import { useAction } from '../../parts/use-action.js';
import { useLoaded } from '../../parts/use-loaded.js';

/**
 * A list that goes on, newest first: `read` gives what comes before an entry. Whoever has got fewer
 * than a page has got all, and is told of no more; an empty page says the same.
 */
export function usePages<T>(read: (before?: T) => Promise<readonly T[]>, pageSize: number) {
  const [older, setOlder] = useState<readonly T[]>([]);
  const [isAll, setAll] = useState(false);
  const newest = useLoaded(() => read());
  const entries = [...(newest.data ?? []), ...older];
  const more = useAction(async () => {
    const page = await read(entries.at(-1));
    setOlder([...older, ...page]);
    setAll(page.length < pageSize);
  });
  const hasMore = !isAll && entries.length >= pageSize;
  return { newest, entries, more, hasMore };
}
