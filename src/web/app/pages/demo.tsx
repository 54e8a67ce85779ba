import { useEffect } from 'preact/hooks';
import { ApiProblem } from '../../client/client.js';
import { Failure } from '../parts/failure.js';
import { Button } from '../parts/form.js';
import { Link } from '../parts/link.js';
import { Title } from '../parts/title.js';
import { useAction } from '../parts/use-action.js';
import { getDemoToken } from '../state/demo.js';
import { goTo } from '../state/place.js';
import { session, signInByDemo } from '../state/session.js';
import { useStore } from '../state/store.js';
import { useWords } from '../texts/words.js';

/** The address that the demo has printed: it signs one browser in. */
export function Demo() {
  const { demo: words, common } = useWords();
  const { kind } = useStore(session);
  const entering = useAction(async () => {
    await signInByDemo(getDemoToken());
    goTo('/', { isReplacing: true });
  });
  useEffect(() => entering.run(), []);
  const { failure } = entering;
  return (
    <>
      <Title>{words.title}</Title>
      {failure === undefined ? <p role="status">{words.entering}</p> : null}
      {failure instanceof ApiProblem && failure.body.status < 500 ? (
        <>
          <p class="failure" role="alert">
            {words.over}
          </p>
          <p>
            {kind === 'in' ? (
              <Link to="/">{words.goOn}</Link>
            ) : (
              <Link to="/sign-in">{words.signIn}</Link>
            )}
          </p>
        </>
      ) : (
        <>
          <Failure failure={failure} />
          {failure === undefined ? null : (
            <Button onClick={() => entering.run()}>{common.retry}</Button>
          )}
        </>
      )}
    </>
  );
}
