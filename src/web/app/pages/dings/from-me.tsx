import { useState } from 'preact/hooks';
import { dingRecall } from '../../../client/generated/operations.js';
import { Confirm } from '../../parts/confirm.js';
import { Button } from '../../parts/form.js';
import { useStandings } from '../../parts/standings.js';
import { describeMoment } from '../../parts/times.js';
import { useAction } from '../../parts/use-action.js';
import { send } from '../../state/session.js';
import { useLanguage, useWords } from '../../texts/words.js';
import { describeRecipient, describeUnreached } from './describe.js';
import { type Ding, hasConfirmed, type Recipient } from './ding.js';

/** A Ding of one's own: whom it has reached, and by which way, as it goes on. */
export function FromMe({ ding, onChange }: { ding: Ding; onChange: () => void }) {
  const { dings: words } = useWords();
  const language = useLanguage();
  const [isAsking, setAsking] = useState(false);
  const recalling = useAction(async () => {
    await send(dingRecall, { path: { id: ding.id } });
    setAsking(false);
    onChange();
  });
  const isLive = ding.state === 'live';
  return (
    <>
      <p class="card message">{ding.text}</p>
      <p class="quiet">
        {words.sentAt(describeMoment(language, ding.createdAt))} {words.sentBy[ding.channel]}
      </p>
      <p role="status">
        <strong>{useSummary(ding)}</strong>
      </p>
      {isLive ? (
        <div class="buttons">
          <Button isDanger onClick={() => setAsking(true)}>
            {words.recall}
          </Button>
        </div>
      ) : null}
      <h2>{words.people}</h2>
      <ul class="plain">
        {ding.recipients.map((one) => (
          <PersonCard key={one.participantId} recipient={one} ding={ding} />
        ))}
      </ul>
      {isAsking && isLive ? (
        <Confirm
          question={words.recallQuestion}
          yes={words.recall}
          action={recalling}
          onClose={() => setAsking(false)}
        >
          <p>{words.recallText}</p>
        </Confirm>
      ) : null}
    </>
  );
}

function useSummary(ding: Ding): string {
  const { dings: words } = useWords();
  const all = ding.recipients.length;
  const confirmed = ding.recipients.filter(hasConfirmed).length;
  const unreached = ding.recipients.filter(({ isReached }) => !isReached).length;
  const count = confirmed === all ? words.allConfirmed(all) : words.confirmedCount(confirmed, all);
  if (ding.state === 'live') return `${count} ${words.goesOn}`;
  if (ding.endReason === 'recalled') return `${words.takenBack} ${count}`;
  const missed = describeUnreached(words, all, unreached);
  return [words.isOver, missed, count].filter((part) => part !== '').join(' ');
}

function PersonCard({ recipient, ding }: { recipient: Recipient; ding: Ding }) {
  const { dings: words } = useWords();
  const language = useLanguage();
  const speaker = useStandings(listWaits(recipient));
  const { state, tone, at, steps, next } = describeRecipient(recipient, ding, words, speaker);
  return (
    <li class="card person">
      <h3>{recipient.name}</h3>
      <p class={tone === 'good' ? 'good' : tone === 'bad' ? 'wrong' : ''}>
        <strong>{state}</strong> <Moment at={at} />
      </p>
      <ul class="plain steps">
        {steps.map((step) => (
          <li key={step.way}>
            <span class="quiet">{words.ways[step.way]}:</span> {step.text} <Moment at={step.at} />
          </li>
        ))}
      </ul>
      {next === undefined ? null : <p class="hint">{next}</p>}
    </li>
  );

  function Moment({ at: moment }: { at: string | null }) {
    if (moment === null) return null;
    return (
      <time class="quiet" dateTime={moment}>
        {describeMoment(language, moment)}
      </time>
    );
  }
}

/** Until when its ways wait. */
function listWaits({ leg, notifications }: Recipient): (string | null)[] {
  return [leg, ...notifications].map((step) => step?.standing.until ?? null);
}
