import { PHONE_STYLE } from './page-phone-style.js';

/** The page's frame: colours, header, forms and conferences. */
const FRAME_STYLE = `:root {
  color-scheme: light dark;
  --back: #eef1f5;
  --card: #fff;
  --ink: #16202c;
  --dim: #66758a;
  --line: #d9e0e8;
  --screen: #f6f8fb;
  --go: #12805c;
  --stop: #c8372d;
  --key: #e8edf3;
  --bubble: #e3ecfb;
  --ring: #1f6feb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #0e141b;
    --card: #18212c;
    --ink: #e8eef6;
    --dim: #93a3b8;
    --line: #2b3846;
    --screen: #111922;
    --go: #2aa876;
    --stop: #e5584d;
    --key: #263241;
    --bubble: #22344e;
    --ring: #5b9bff;
  }
}
* {
  box-sizing: border-box;
}
body {
  margin: 0;
  background: var(--back);
  color: var(--ink);
  font:
    15px/1.45 system-ui,
    sans-serif;
}
header {
  display: flex;
  flex-wrap: wrap;
  gap: 0.4rem 1.2rem;
  align-items: baseline;
  padding: 1.1rem 1.6rem;
}
h1 {
  font-size: 1.25rem;
  margin: 0;
  letter-spacing: -0.01em;
}
header p {
  margin: 0;
  color: var(--dim);
  flex: 1;
  min-width: 14rem;
}
#link {
  font-size: 0.8rem;
  color: var(--dim);
}
#link.live::before {
  content: '';
  display: inline-block;
  width: 0.55em;
  height: 0.55em;
  border-radius: 50%;
  background: var(--go);
  margin-right: 0.45em;
}
#link.lost {
  color: var(--stop);
}
form label {
  font-size: 0.8rem;
  color: var(--dim);
}
input,
select,
button {
  font: inherit;
  color: inherit;
  border: 1px solid var(--line);
  border-radius: 0.6rem;
  background: var(--card);
  padding: 0.3rem 0.6rem;
}
input {
  width: 10.5rem;
  margin: 0 0.4rem;
}
button {
  cursor: pointer;
}
button:focus-visible,
input:focus-visible,
select:focus-visible {
  outline: 2px solid var(--ring);
  outline-offset: 2px;
}
main {
  display: grid;
  grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr));
  gap: 1.4rem;
  padding: 0.4rem 1.6rem 2.4rem;
  align-items: start;
}
#rooms {
  display: flex;
  flex-wrap: wrap;
  gap: 1rem;
  padding: 0 1.6rem;
}
#rooms:not(:empty) {
  padding-bottom: 1rem;
}
.room {
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 1rem;
  padding: 0.7rem 0.95rem;
  min-width: 16rem;
}
.room h2 {
  font-size: 0.95rem;
  margin: 0;
  overflow-wrap: anywhere;
}
.room ul {
  list-style: none;
  margin: 0.45rem 0 0;
  padding: 0;
  display: grid;
  gap: 0.25rem;
  font-variant-numeric: tabular-nums;
}
.room li::before {
  content: '';
  display: inline-block;
  width: 0.55em;
  height: 0.55em;
  border-radius: 50%;
  background: var(--line);
  margin-right: 0.5em;
}
.room li.speaking::before {
  background: var(--go);
}
.room li .meta {
  display: inline;
  margin-left: 0.5em;
}
#empty {
  color: var(--dim);
  grid-column: 1 / -1;
  padding: 3rem 0;
  text-align: center;
}
`;

export const STYLE = FRAME_STYLE + PHONE_STYLE;
