import { getMe, session } from '../../state/session.js';
import { useStore } from '../../state/store.js';
import { useLanguage, useWords } from '../../texts/words.js';
import type { Ding } from './ding.js';
import { previewDing } from './preview.js';

/** What the others will hear and read, while it is written. */
export function PreviewCard({ text, way }: { text: string; way: Ding['channel'] }) {
  const { dings: words } = useWords();
  const { compose } = words;
  const language = useLanguage();
  const { name } = getMe(useStore(session));
  if (way === 'app') return null;
  const { spoken, sms, isCut, segments, mostSegments } = previewDing(text, {
    language,
    name,
    origin: location.origin,
  });
  const [before, message, after] = spoken;
  return (
    <section class="card preview" aria-label={compose.preview}>
      {way === 'voice' ? (
        <>
          <h2>{compose.theyHear}</h2>
          <p>
            <span class="quiet">{before}</span> <span class="message">{message}</span>{' '}
            <span class="quiet">{after}</span>
          </p>
        </>
      ) : null}
      <h2>{way === 'voice' ? compose.smsFollows : compose.theyRead}</h2>
      <p class="message">{sms}</p>
      <p class="quiet">
        <strong>{compose.makes(segments)}</strong>{' '}
        {mostSegments > segments ? compose.makesUpTo(mostSegments) : ''}{' '}
        {isCut ? compose.isCut : ''}
      </p>
      <p class="quiet">{compose.inTheirLanguage}</p>
    </section>
  );
}
