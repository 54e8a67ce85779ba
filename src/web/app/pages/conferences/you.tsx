import { useState } from 'preact/hooks';
import {
  conferenceCallMe,
  conferenceHangUp,
  conferenceMute,
  conferenceUnmute,
} from '../../../client/generated/operations.js';
import { Confirm } from '../../parts/confirm.js';
import { Failure } from '../../parts/failure.js';
import { Button } from '../../parts/form.js';
import { describeMoment } from '../../parts/times.js';
import { useAction } from '../../parts/use-action.js';
import { send } from '../../state/session.js';
import { useLanguage, useWords } from '../../texts/words.js';
import type { Conference, Member } from './conference.js';
import { describeMine, describeMute, findMuter, findRights } from './describe.js';

interface YouProps {
  conference: Conference;
  you: Member;
  changed: () => void;
}

/** One's own call: where it stands, and what to do about it. */
export function You({ conference, you, changed }: YouProps) {
  const { conferences: words } = useWords();
  const language = useLanguage();
  const [isAsked, setAsked] = useState(false);
  const path = { id: conference.id };
  const own = { ...path, participantId: you.participantId };
  const isAway = you.presence === 'away';
  const endsAll = conference.role === 'initiator' && conference.endsWithInitiator;
  const { mayMute, mayUnmute } = findRights(conference, you);
  const muting = useAction(async () => {
    await send(mayUnmute ? conferenceUnmute : conferenceMute, { path: own });
    changed();
  });
  const calling = useAction(async () => {
    await send(isAway ? conferenceCallMe : conferenceHangUp, { path });
    setAsked(false);
    changed();
  });
  const muter = findMuter(conference);
  const mute = describeMute(words, conference, you);
  const leavesAll = endsAll && you.presence === 'joined';
  return (
    <section class="card you">
      <p aria-live="polite">
        <strong class={you.presence === 'joined' ? 'good' : ''}>
          {describeMine(words, you, (at) => describeMoment(language, at))}
        </strong>
        {mute === '' ? null : <span class="block">{mute}</span>}
        {muter === undefined ? null : <span class="block quiet">{words.muted.onlyBy(muter)}</span>}
      </p>
      <div class="buttons">
        <Button
          isMain={isAway}
          isBusy={calling.isBusy}
          onClick={() => (leavesAll ? setAsked(true) : calling.run())}
        >
          {isAway ? words.acts.callMe : words.acts.hangUp}
        </Button>
        {mayMute || mayUnmute ? (
          <Button isBusy={muting.isBusy} onClick={() => muting.run()}>
            {mayUnmute ? words.acts.unmuteMe : words.acts.muteMe}
          </Button>
        ) : null}
      </div>
      <Failure failure={muting.failure} />
      <Failure failure={isAsked ? undefined : calling.failure} />
      {isAsked && leavesAll ? (
        <Confirm
          question={words.ask.leave}
          yes={words.acts.hangUp}
          action={calling}
          onClose={() => setAsked(false)}
        >
          <p>{words.ask.leaveText}</p>
        </Confirm>
      ) : null}
    </section>
  );
}
