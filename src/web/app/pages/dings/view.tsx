import { dingGet } from '../../../client/generated/operations.js';
import type { ViewProps } from '../../page.js';
import { Link } from '../../parts/link.js';
import { Loading } from '../../parts/loading.js';
import { Title } from '../../parts/title.js';
import { useLive } from '../../parts/use-live.js';
import { useLoaded } from '../../parts/use-loaded.js';
import { send } from '../../state/session.js';
import { useStore } from '../../state/store.js';
import { useWords } from '../../texts/words.js';
import { DING_NEWS } from './ding.js';
import { FromMe } from './from-me.js';
import { inFront } from './incoming.js';

import { ToMe } from './to-me.js';

/** One Ding, as its sender or as a recipient may see it. */
export function DingView({ params: { id = '' } }: ViewProps) {
  const { dings: words } = useWords();
  const ding = useLoaded(() => send(dingGet, { path: { id } }), id);
  useLive(DING_NEWS, ding.reload);
  const isBehind = useStore(inFront) === id;
  const { data } = ding;
  const isMine = data?.role === 'initiator';
  return (
    <>
      <Title>
        {data === undefined ? words.one : isMine ? words.yours : words.urgentFrom(data.from.name)}
      </Title>
      <Loading from={ding}>
        {(one) =>
          one.role === 'initiator' ? (
            <FromMe ding={one} onChange={ding.reload} />
          ) : (
            <ToMe ding={one} isInFront={!isBehind} onChange={ding.reload} />
          )
        }
      </Loading>
      <p>
        <Link to="/dings">{words.toAll}</Link>
      </p>
    </>
  );
}
