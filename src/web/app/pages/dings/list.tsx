import { useRef, useState } from 'preact/hooks';
import { Button } from '../../parts/form.js';
import { Link } from '../../parts/link.js';
import { Loading } from '../../parts/loading.js';
import { describeMoment } from '../../parts/times.js';
import { Title } from '../../parts/title.js';
import { useLive } from '../../parts/use-live.js';
import { useLoaded } from '../../parts/use-loaded.js';
import { useLanguage, useWords } from '../../texts/words.js';
import { describeUnreached } from './describe.js';
import { DING_NEWS, isToConfirm, type ListedDing } from './ding.js';
import { type ReadDings, readDings } from './read-dings.js';

const SIDES = ['all', 'initiator', 'recipient'] as const;

export function DingList() {
  const { dings: words } = useWords();
  const pages = useRef(1);
  const dings = useLoaded(() => readDings(pages.current));
  useLive(DING_NEWS, dings.reload);
  const readOn = (): void => {
    pages.current += 1;
    dings.reload();
  };
  return (
    <>
      <Title>{words.title}</Title>
      <p>
        <Link to="/dings/new" class="button main">
          {words.compose.title}
        </Link>
      </p>
      <Loading from={dings}>{(read) => <Lists read={read} onOlder={readOn} />}</Loading>
    </>
  );
}

function Lists({ read, onOlder }: { read: ReadDings; onOlder: () => void }) {
  const { dings: words } = useWords();
  const [side, setSide] = useState<(typeof SIDES)[number]>('all');
  const toConfirm = read.dings.filter(isToConfirm);
  const others = read.dings
    .filter((ding) => !isToConfirm(ding))
    .filter(({ role }) => side === 'all' || role === side);
  // Those to confirm are to me, and stand above whatever is chosen.
  const isNone = others.length === 0 && (toConfirm.length === 0 || side === 'initiator');
  if (read.dings.length === 0)
    return (
      <>
        <p>{words.none}</p>
        <p class="quiet">{words.whatItIs}</p>
      </>
    );
  return (
    <>
      {toConfirm.length === 0 ? null : (
        <section class="to-confirm">
          <h2>{words.toConfirm}</h2>
          <Rows dings={toConfirm} />
        </section>
      )}
      <div class="buttons" role="group" aria-label={words.which}>
        {SIDES.map((one) => (
          <button
            key={one}
            type="button"
            class="side"
            aria-pressed={one === side}
            onClick={() => setSide(one)}
          >
            {words.sides[one]}
          </button>
        ))}
      </div>
      {isNone ? <p class="quiet">{words.noneOfThese}</p> : <Rows dings={others} />}
      {read.hasOlder ? <Button onClick={onOlder}>{words.older}</Button> : null}
    </>
  );
}

const Rows = ({ dings }: { dings: readonly ListedDing[] }) => (
  <ul class="plain">
    {dings.map((ding) => (
      <Row key={ding.id} ding={ding} />
    ))}
  </ul>
);

function Row({ ding }: { ding: ListedDing }) {
  const { dings: words } = useWords();
  const language = useLanguage();
  const { role, state, endReason, confirmedCount, recipientCount, unreachedCount } = ding;
  const isMine = role === 'initiator';
  const isAll = confirmedCount === recipientCount;
  const count =
    isMine && isAll
      ? words.allConfirmed(recipientCount)
      : isMine
        ? words.confirmedCount(confirmedCount, recipientCount)
        : isAll
          ? words.youHave
          : words.youHaveNot;
  const unreached = isMine ? describeUnreached(words, recipientCount, unreachedCount) : '';
  const end = endReason === 'recalled' ? words.takenBack : `${words.isOver} ${unreached}`.trim();
  return (
    <li>
      <Link to={`/dings/${ding.id}`} class="card entry">
        <strong>{ding.beginning}</strong>
        <span class={isAll ? 'good' : isToConfirm(ding) ? 'wrong' : ''}>
          {count} {state === 'live' ? words.goesOn : isAll ? '' : end}
        </span>
        <span class="quiet">
          {isMine ? words.fromYou : words.from(ding.from.name)},{' '}
          {describeMoment(language, ding.createdAt)}
        </span>
      </Link>
    </li>
  );
}
