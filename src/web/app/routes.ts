import type { Route } from './page.js';

/** Every view, loaded when it is first seen. */
export const ROUTES: readonly Route[] = [
  { path: '/sign-in', isOpen: true, load: async () => (await import('./pages/sign-in.js')).SignIn },
  { path: '/sign-up', isOpen: true, load: async () => (await import('./pages/sign-up.js')).SignUp },
  { path: '/demo', isOpen: true, load: async () => (await import('./pages/demo.js')).Demo },
  { path: '/', load: async () => (await import('./pages/dings/list.js')).DingList },
  { path: '/dings', load: async () => (await import('./pages/dings/list.js')).DingList },
  { path: '/dings/new', load: async () => (await import('./pages/dings/compose.js')).NewDing },
  { path: '/dings/:id', load: async () => (await import('./pages/dings/view.js')).DingView },
  {
    path: '/conferences',
    load: async () => (await import('./pages/conferences/list.js')).ConferenceList,
  },
  {
    path: '/conferences/new',
    load: async () => (await import('./pages/conferences/start.js')).StartConference,
  },
  {
    path: '/conferences/:id',
    load: async () => (await import('./pages/conferences/view.js')).ConferenceView,
  },
  {
    path: '/conferences/:id/more',
    load: async () => (await import('./pages/conferences/more.js')).CallMore,
  },
  { path: '/teams', load: async () => (await import('./pages/teams/list.js')).TeamList },
  { path: '/teams/new', load: async () => (await import('./pages/teams/new.js')).NewTeam },
  { path: '/teams/:id', load: async () => (await import('./pages/teams/team.js')).TeamPage },
  {
    path: '/join',
    isOpen: true,
    load: async () => (await import('./pages/teams/join.js')).JoinTeam,
  },
  { path: '/number', load: async () => (await import('./pages/number/number.js')).YourNumber },
  { path: '/me', load: async () => (await import('./pages/me/me.js')).AboutMe },
  { path: '/me/ledger', load: async () => (await import('./pages/me/ledger.js')).Ledger },
  { path: '/me/notices', load: async () => (await import('./pages/me/notices.js')).Notices },
  { path: '/me/sessions', load: async () => (await import('./pages/me/sessions.js')).SessionList },
  { path: '/me/password', load: async () => (await import('./pages/me/password.js')).Password },
  { path: '/me/close', load: async () => (await import('./pages/me/close.js')).CloseAccount },
  { path: '/closed', isOpen: true, load: async () => (await import('./pages/me/close.js')).Closed },
  {
    path: '/reset',
    isOpen: true,
    load: async () => (await import('./pages/me/reset.js')).ResetPassword,
  },
];
