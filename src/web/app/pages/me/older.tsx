import { Failure } from '../../parts/failure.js';
import { Button } from '../../parts/form.js';
import type { Action } from '../../parts/use-action.js';
import { useWords } from '../../texts/words.js';

/** The end of a list that goes on. */
export function Older({ more, hasMore }: { more: Action<[]>; hasMore: boolean }) {
  const { me: words } = useWords();
  return (
    <>
      <Failure failure={more.failure} />
      {hasMore ? (
        <Button isBusy={more.isBusy} onClick={() => more.run()}>
          {words.older}
        </Button>
      ) : null}
    </>
  );
}
