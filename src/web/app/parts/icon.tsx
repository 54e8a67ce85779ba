/** Each is drawn on 24 by 24: no font has to have it, and it takes the colour of its text. */
const LINES = {
  dings: 'M6 16V11a6 6 0 0 1 12 0v5l2 2H4l2-2ZM10 21h4M12 3v2',
  conferences:
    'M5 4h4l2 5-3 2a11 11 0 0 0 5 5l2-3 5 2v4a1 1 0 0 1-1 1A16 16 0 0 1 4 5a1 1 0 0 1 1-1Z' +
    'M15 4a5 5 0 0 1 5 5M15 8a1 1 0 0 1 1 1',
  teams:
    'M3 20v-1a6 6 0 0 1 12 0v1M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM16 4a4 4 0 0 1 0 7M17 14a6 6 0 0 1 4 5v1',
  number:
    'M8 2h8a1 1 0 0 1 1 1v18a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V3a1 1 0 0 1 1-1ZM9.5 11.5l2 2 3.5-4M11 19h2',
  me: 'M4 21v-1a8 8 0 0 1 16 0v1M12 12a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9Z',
} as const;

/** It stands beside its name, so a screen reader passes it over. */
export const Icon = ({ name }: { name: keyof typeof LINES }) => (
  <svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
    <path d={LINES[name]} />
  </svg>
);
