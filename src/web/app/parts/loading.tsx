import type { ComponentChildren } from 'preact';
import { useWords } from '../texts/words.js';
import { Failure } from './failure.js';
import { Button } from './form.js';

interface LoadingProps<T> {
  from: { readonly data: T | undefined; readonly failure: unknown; readonly reload: () => void };
  children: (data: T) => ComponentChildren;
}

/** Shows what was read, beside it why it may be old, or why there is nothing. */
export function Loading<T>({ from: { data, failure, reload }, children }: LoadingProps<T>) {
  const { common } = useWords();
  return (
    <>
      <Failure failure={failure} />
      {failure === undefined ? null : <Button onClick={reload}>{common.retry}</Button>}
      {data === undefined && failure === undefined ? <p role="status">{common.loading}</p> : null}
      {data === undefined ? null : children(data)}
    </>
  );
}
