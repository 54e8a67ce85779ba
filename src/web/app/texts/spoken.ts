import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Verifying } from './verifying/en.js';

// The app and <dingline-verify> have their words from elsewhere: what both are made of asks here.

interface Spoken {
  readonly language: string;
  readonly words: Verifying;
}

const context = createContext<Spoken | undefined>(undefined);
export const SpokenHere = context.Provider;

export function useSpoken(): Spoken {
  const spoken = useContext(context);
  if (spoken === undefined) throw new Error('nobody has said in which language');
  return spoken;
}
