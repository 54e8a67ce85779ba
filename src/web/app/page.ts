import type { ComponentType } from 'preact';

export interface ViewProps {
  /** What stands in the address for `:id` and its like. */
  params: Readonly<Record<string, string>>;
}

/** One address of the app. Its view begins with <Title>. */
export interface Route {
  readonly path: string;
  /** Whether people see it who haven't signed in; they are asked to sign in elsewhere. */
  readonly isOpen?: boolean;
  readonly load: () => Promise<ComponentType<ViewProps>>;
}
