import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ConnectionNote } from './parts/connection.js';
import { Failure } from './parts/failure.js';
import { Button } from './parts/form.js';
import { Icon } from './parts/icon.js';
import { Link } from './parts/link.js';
import { Title } from './parts/title.js';
import { useAction } from './parts/use-action.js';
import type { Route, ViewProps } from './page.js';
import { ROUTES } from './routes.js';
import { getWanted, goTo, matchPath, place } from './state/place.js';
import { loadSession, session } from './state/session.js';
import { useStore } from './state/store.js';
import { SpokenHere } from './texts/spoken.js';
import { useAppSpoken, useWords } from './texts/words.js';

const PLACES = ['dings', 'conferences', 'teams', 'number', 'me'] as const;

interface Found extends ViewProps {
  route: Route;
}

function findRoute(path: string): Found | undefined {
  for (const route of ROUTES) {
    const params = matchPath(route.path, path);
    if (params !== undefined) return { route, params };
  }
  return undefined;
}

export function Shell() {
  const { nav } = useWords();
  const { kind } = useStore(session);
  return (
    <SpokenHere value={useAppSpoken()}>
      <a class="skip" href="#main">
        {nav.skip}
      </a>
      {kind === 'in' ? <Navigation /> : null}
      <main id="main" tabIndex={-1}>
        <ConnectionNote />
        {kind === 'unknown' ? <Waiting /> : <Place />}
      </main>
      {kind === 'in' ? <Incoming /> : null}
    </SpokenHere>
  );
}

/** A Ding that comes is seen from every view; what it is drawn by is loaded after the view itself. */
function Incoming() {
  const [Body, setBody] = useState<ComponentType>();
  useEffect(() => {
    void import('./pages/dings/incoming.js').then(
      (loaded) => setBody(() => loaded.Incoming),
      () => undefined, // as little as any code that can't be loaded; the next view says so
    );
  }, []);
  return Body === undefined ? null : <Body />;
}

function Navigation() {
  const { nav } = useWords();
  const path = useStore(place);
  const current = path === '/' ? 'dings' : path.split('/')[1];
  return (
    <nav aria-label={nav.label}>
      <ul>
        {PLACES.map((name) => (
          <li key={name}>
            <Link to={`/${name}`} isCurrent={current === name}>
              <Icon name={name} />
              <span>{nav[name]}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** Until the server has said who this is. */
function Waiting() {
  const { common } = useWords();
  const asking = useAction(loadSession);
  useEffect(() => asking.run(), []);
  return (
    <>
      <p role="status">{asking.isBusy ? common.loading : ''}</p>
      <Failure failure={asking.failure} />
      {asking.failure === undefined ? null : (
        <Button onClick={() => asking.run()}>{common.retry}</Button>
      )}
    </>
  );
}

/** The view of the address; or, where one must sign in first, that, and the address afterwards. */
function Place() {
  const path = useStore(place);
  const { kind } = useStore(session);
  const found = findRoute(path);
  const isSigningIn = path === '/sign-in' || path === '/sign-up';
  const isLeaving = kind === 'in' && isSigningIn;
  useEffect(() => {
    if (isLeaving) goTo(getWanted(), { isReplacing: true });
  }, [isLeaving]);
  if (isLeaving) return null;
  if (found === undefined) return <Nothing />;
  if (kind !== 'in' && found.route.isOpen !== true) {
    const signIn = findRoute('/sign-in');
    return signIn === undefined ? null : <View key="/sign-in" {...signIn} />;
  }
  return <View key={path} {...found} />;
}

/** A view whose code is gone was replaced by a newer build, which the page is loaded for. */
const RELOADED = 'dingline-reloaded';

function View({ route, params }: Found) {
  const [Body, setBody] = useState<ComponentType<ViewProps>>();
  const loading = useAction(async () => {
    const view = await route.load();
    setBody(() => view);
  });
  useEffect(() => loading.run(), [route]);
  useEffect(() => {
    if (loading.failure === undefined || !navigator.onLine) return;
    if (sessionStorage.getItem(RELOADED) === location.pathname) return;
    sessionStorage.setItem(RELOADED, location.pathname);
    location.reload();
  }, [loading.failure]);
  return Body === undefined ? <Failure failure={loading.failure} /> : <Body params={params} />;
}

function Nothing() {
  const { trouble } = useWords();
  return (
    <>
      <Title>{trouble.notFound}</Title>
      <p>{trouble.notFoundText}</p>
    </>
  );
}
