import { useRef } from 'preact/hooks';
import {
  sessionsEnd,
  sessionsEndOthers,
  sessionsList,
  type Sessions,
} from '../../../client/generated/operations.js';
import { Failure } from '../../parts/failure.js';
import { Button } from '../../parts/form.js';
import { Loading } from '../../parts/loading.js';
import { describeTime } from '../../parts/times.js';
import { Title } from '../../parts/title.js';
import { useAction } from '../../parts/use-action.js';
import { useLoaded } from '../../parts/use-loaded.js';
import { send } from '../../state/session.js';
import { useLanguage, useWords } from '../../texts/words.js';

type OneSession = Sessions['sessions'][number];

export function SessionList() {
  const { me: words } = useWords();
  const list = useLoaded(() => send(sessionsList));
  const heading = useRef<HTMLParagraphElement>(null);
  const settle = (): void => {
    list.reload();
    heading.current?.focus(); // the button that was pressed goes
  };
  const ending = useAction(async () => {
    await send(sessionsEndOthers);
    settle();
  });
  return (
    <>
      <Title>{words.sessions.title}</Title>
      <p ref={heading} tabIndex={-1}>
        {words.sessions.what}
      </p>
      <Loading from={list}>
        {({ sessions }) => (
          <>
            <ul class="plain">
              {sessions.map((session) => (
                <SessionItem key={session.id} session={session} settle={settle} />
              ))}
            </ul>
            {sessions.length > 1 ? (
              <>
                <Failure failure={ending.failure} />
                <Button isBusy={ending.isBusy} onClick={() => ending.run()}>
                  {words.sessions.endOthers}
                </Button>
              </>
            ) : (
              <p class="quiet">{words.sessions.noOther}</p>
            )}
          </>
        )}
      </Loading>
    </>
  );
}

function SessionItem({ session, settle }: { session: OneSession; settle: () => void }) {
  const { me: words } = useWords();
  const language = useLanguage();
  const ending = useAction(async () => {
    await send(sessionsEnd, { path: { id: session.id } });
    settle();
  });
  const since = describeTime(language, session.createdAt);
  return (
    <li class="card">
      <p>
        <strong>{words.sessions.kind[session.kind]}</strong>
        {session.isCurrent ? <span class="good"> · {words.sessions.current}</span> : null}
      </p>
      <p class="quiet">
        {words.sessions.since(since)}
        <br />
        {words.sessions.used(describeTime(language, session.usedAt))}
      </p>
      <Failure failure={ending.failure} />
      {session.isCurrent ? null : (
        <Button isBusy={ending.isBusy} onClick={() => ending.run()}>
          {words.sessions.end} <span class="unseen">({since})</span>
        </Button>
      )}
    </li>
  );
}
