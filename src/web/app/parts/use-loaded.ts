import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

interface Loaded<T> {
  readonly data: T | undefined;
  readonly failure: unknown;
  readonly reload: () => void;
}

interface Found<T> {
  readonly about: string;
  readonly data?: T;
  readonly failure?: unknown;
}

/**
 * Reads something when the view opens, when `about` changes, and at each `reload`. What was read
 * stays while it is read again. Of many reloads at once the first reads at once, and one more after
 * it for all the others: the last read has always begun after the last of them.
 */
export function useLoaded<T>(read: () => Promise<T>, about = ''): Loaded<T> {
  const [found, setFound] = useState<Found<T>>({ about });
  const reading = useRef(read);
  reading.current = read;
  const current = useRef({ about, isReading: false, isAskedAgain: false });
  const reload = useCallback((): void => {
    const mine = current.current;
    if (mine.about !== about) return;
    if (mine.isReading) {
      mine.isAskedAgain = true;
      return;
    }
    mine.isReading = true;
    const settle = (news: { data?: T; failure?: unknown }): void => {
      if (current.current !== mine) return;
      mine.isReading = false;
      setFound((old) => ({
        ...(old.about === about ? old : {}),
        about,
        failure: undefined,
        ...news,
      }));
      if (!mine.isAskedAgain) return;
      mine.isAskedAgain = false;
      reload();
    };
    reading.current().then(
      (data) => settle({ data }),
      (failure: unknown) => settle({ failure }),
    );
  }, [about]);
  useEffect(() => {
    current.current = { about, isReading: false, isAskedAgain: false };
    reload();
    return () => {
      current.current = { about: '', isReading: false, isAskedAgain: false };
    };
  }, [reload]);
  const isOwn = found.about === about;
  return {
    data: isOwn ? found.data : undefined,
    failure: isOwn ? found.failure : undefined,
    reload,
  };
}
