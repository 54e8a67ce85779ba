import type { ComponentChildren } from 'preact';
import { addressFor } from '../state/place.js';

interface LinkProps {
  to: string;
  children: ComponentChildren;
  class?: string;
  isCurrent?: boolean;
}

/** A link to another view. */
export const Link = ({ to, children, class: name, isCurrent }: LinkProps) => (
  <a href={addressFor(to)} class={name} aria-current={isCurrent === true ? 'page' : undefined}>
    {children}
  </a>
);
