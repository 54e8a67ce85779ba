import { useEffect, useState } from 'preact/hooks';
import { ApiProblem } from '../../../client/client.js';
import {
  riskNoticeRead,
  verificationCancel,
  verificationCheck,
  verificationCreate,
  verificationGet,
  verificationSendAgain,
} from '../../../client/generated/operations.js';
import { Failure } from '../../parts/failure.js';
import { Button } from '../../parts/form.js';
import { describeTime } from '../../parts/times.js';
import { Title } from '../../parts/title.js';
import { useAction } from '../../parts/use-action.js';
import { useLoaded } from '../../parts/use-loaded.js';
import { getMe, refreshMe, send, session } from '../../state/session.js';
import { useStore } from '../../state/store.js';
import { useLanguage, useWords } from '../../texts/words.js';
import { CodeForm, type CodeWays, type Verification } from './code-form.js';
import { useLooks } from './looks.js';
import { type Channel, NumberForm } from './number-form.js';
import { showNumber } from './typing.js';

/** The id alone outlives a reload of the tab; the number is in this page's memory and nowhere else. */
const KEPT = 'dingline-verification';

interface Started {
  readonly verification: Verification;
  /** As its person sees it; unknown after a reload. */
  readonly number?: string;
  readonly aheadMs: number;
}

export function YourNumber() {
  const { number: words } = useWords();
  const [started, setStarted] = useState<Started>();
  const [proved, setProved] = useState<string>();
  const hasNumber = getMe(useStore(session)).number !== null;
  useKept((verification) => setStarted({ verification, aheadMs: 0 }));
  const language = useLanguage();

  async function start(number: string, by: Channel): Promise<void> {
    const verification = await send(verificationCreate, {
      body: { number, channel: by, language },
    });
    sessionStorage.setItem(KEPT, verification.id);
    setProved(undefined);
    const aheadMs = Date.now() - Date.parse(verification.createdAt);
    setStarted({ verification, number: showNumber(number), aheadMs });
  }

  function change(verification: Verification): void {
    if (verification.state === 'pending') {
      setStarted((old) => old && { ...old, verification });
      return;
    }
    sessionStorage.removeItem(KEPT);
    setStarted((old) => old && { ...old, verification });
    if (verification.state !== 'approved') return;
    setProved(started?.number === undefined ? words.yoursIsProved : words.provedIs(started.number));
    setStarted(undefined);
    void refreshMe().catch(() => undefined);
  }

  return (
    <>
      <Title>{words.title}</Title>
      {started === undefined ? (
        <>
          <Standing proved={proved} />
          {hasNumber ? <h2>{words.again}</h2> : null}
          <NumberForm start={start} />
        </>
      ) : (
        <Verifying started={started} onChange={change} onLeave={() => setStarted(undefined)} />
      )}
      <Risks />
    </>
  );
}

/** Goes on with a verification that was begun before the page was loaded again. */
function useKept(found: (verification: Verification) => void): void {
  useEffect(() => {
    const id = sessionStorage.getItem(KEPT);
    if (id === null) return;
    send(verificationGet, { path: { id } }).then(
      (verification) => {
        if (verification.state === 'pending') found(verification);
        else sessionStorage.removeItem(KEPT);
      },
      () => undefined,
    );
  }, []);
}

/** Whether there is a number, and for how long. */
function Standing({ proved }: { proved: string | undefined }) {
  const { number: words } = useWords();
  const language = useLanguage();
  const { number } = getMe(useStore(session));
  if (proved === undefined && number === null) return <p>{words.why}</p>;
  return (
    <div class="card">
      {proved === undefined ? null : (
        <p class="good" role="status">
          <strong>{proved}</strong>
        </p>
      )}
      {number === null ? null : (
        <>
          {proved === undefined ? (
            <p class={number.mustProveAgain === null ? 'good' : ''}>
              <strong>{words.proved(describeTime(language, number.verifiedAt))}</strong>
            </p>
          ) : null}
          {number.mustProveAgain === null ? (
            <p class="quiet">{words.endsAt(describeTime(language, number.proofEndsAt))}</p>
          ) : (
            <p class="wrong">{words.mustProve[number.mustProveAgain.because]}</p>
          )}
        </>
      )}
    </div>
  );
}

interface VerifyingProps {
  started: Started;
  onChange: (verification: Verification) => void;
  onLeave: () => void;
}

function Verifying({ started, onChange, onLeave }: VerifyingProps) {
  const { number: words } = useWords();
  const { verification, number, aheadMs } = started;
  const { state } = verification;
  useLooks(verification, onChange);
  const path = { id: verification.id };
  const ways: CodeWays = {
    check: (code) => send(verificationCheck, { path, body: { code } }),
    sendAgain: (channel) => send(verificationSendAgain, { path, body: { channel } }),
  };
  const leaving = useAction(async () => {
    if (state === 'pending')
      await send(verificationCancel, { path }).catch((error: unknown) => {
        if (!(error instanceof ApiProblem && error.code === 'VERIFICATION_FINISHED')) throw error;
      });
    sessionStorage.removeItem(KEPT);
    onLeave();
  });
  return (
    <>
      <p>{words.sentTo(number ?? words.yours)}</p>
      {state === 'pending' ? (
        <CodeForm {...{ verification, aheadMs, ways, onChange }} />
      ) : (
        <p class="failure" role="alert">
          {state === 'approved' ? '' : words.over[state]}
        </p>
      )}
      <Failure failure={leaving.failure} />
      <Button isBusy={leaving.isBusy} onClick={() => leaving.run()}>
        {words.cancel}
      </Button>
    </>
  );
}

/** The notice that NIST asks for, in the server's words. */
function Risks() {
  const { number: words } = useWords();
  const language = useLanguage();
  const notice = useLoaded(() => send(riskNoticeRead, { query: { language } }), language);
  return (
    <details>
      <summary>{words.risks}</summary>
      {notice.data?.paragraphs.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
    </details>
  );
}
