import { useEffect, useState } from 'preact/hooks';
import { dingConfirm } from '../../../client/generated/operations.js';
import { Failure } from '../../parts/failure.js';
import { Button } from '../../parts/form.js';
import { describeMoment } from '../../parts/times.js';
import { useAction } from '../../parts/use-action.js';
import { send } from '../../state/session.js';
import { useLanguage, useWords } from '../../texts/words.js';
import { CallerId } from './caller-id.js';
import { type Ding, hasConfirmed } from './ding.js';

/** For so long after it has come up a press does nothing: it was meant for what stood there before. */
const STILL_MS = 600;

interface ToMeProps {
  ding: Ding;
  /** Whether the number may be shown here: it is shown once, where the eye is. */
  isInFront: boolean;
  onChange: () => void;
}

/** A Ding to whoever looks at it: who calls, what it is about, and the one thing to do. */
export function ToMe({ ding, isInFront, onChange }: ToMeProps) {
  const { dings: words } = useWords();
  const language = useLanguage();
  const [me] = ding.recipients;
  const confirming = useAction(async () => {
    await send(dingConfirm, { path: { id: ding.id } });
    onChange();
  });
  const isStill = useStill();
  const isRecalled = ding.endReason === 'recalled';
  const isConfirmed = me !== undefined && hasConfirmed(me);
  const isDoubted = me !== undefined && me.confirmedAt !== null && !isConfirmed;
  return (
    <>
      <p class="quiet">{words.sentAt(describeMoment(language, ding.createdAt))}</p>
      {isInFront ? <CallerId ding={ding} /> : null}
      <p class="card message">{ding.text}</p>
      <div role="status">
        {isConfirmed ? (
          <p class="good">
            <strong>{words.youConfirmed(describeMoment(language, me.confirmedAt ?? ''))}</strong>{' '}
            {words.toldSo(ding.from.name)}
          </p>
        ) : null}
        {isDoubted ? <p class="wrong">{words.youDoubted}</p> : null}
        {ding.state === 'ended' && !isConfirmed ? (
          <p>
            <strong>{isRecalled ? words.recalledForYou : words.overForYou}</strong>
          </p>
        ) : null}
      </div>
      <Failure failure={confirming.failure} />
      {isConfirmed || isRecalled ? null : (
        <Button
          isMain
          isBusy={confirming.isBusy || isStill}
          onClick={() => isStill || confirming.run()}
        >
          <span class="big">{words.confirm}</span>
        </Button>
      )}
    </>
  );
}

function useStill(): boolean {
  const [isStill, setStill] = useState(true);
  useEffect(() => {
    const timer = setTimeout(() => setStill(false), STILL_MS);
    return () => clearTimeout(timer);
  }, []);
  return isStill;
}
