/** Tells password managers whose password is typed here. */
export const LoginForManagers = ({ login }: { login: string }) => (
  <input hidden readOnly type="text" autocomplete="username" value={login} />
);
