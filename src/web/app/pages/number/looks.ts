import { useEffect } from 'preact/hooks';
import { verificationGet } from '../../../client/generated/operations.js';
import { send } from '../../state/session.js';
import type { Verification } from './code-form.js';
import { isOnItsWay } from './delivery.js';

/** 20 looks a minute, of the 60 that an account has. */
const LOOK_EVERY_MS = 3000;

/** Looks how far the SMS or call has come, while that may change and somebody looks at it. */
export function useLooks(
  verification: Verification,
  onChange: (verification: Verification) => void,
): void {
  const isWorthIt = verification.state === 'pending' && isOnItsWay(verification.delivery);
  useEffect(() => {
    if (!isWorthIt) return undefined;
    const look = async (): Promise<void> => {
      if (document.hidden) return;
      onChange(await send(verificationGet, { path: { id: verification.id } }));
    };
    const timer = setInterval(() => void look().catch(() => undefined), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, [isWorthIt, verification.id]);
}
