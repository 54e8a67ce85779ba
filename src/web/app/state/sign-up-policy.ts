const written = document.querySelector('meta[name="sign-up"]')?.getAttribute('content');

/** Who may sign up here, as the server has written it into the page: anybody, who has an invite, or nobody. */
export const SIGN_UP = written === 'invite' || written === 'closed' ? written : 'open';
