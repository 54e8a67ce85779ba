import { PHONE_STYLE } from './page-phone-style.js';

/** The page's frame: colours, header, forms and conferences. */
const FRAME_STYLE = `:root {
  color-scheme: light dark;
  --back: #eef1f5;
  --card: #fff;
  --ink: #16202c;
  --dim: #505c6c;
  --line: #d9e0e8;
  --edge: #7b8794;
  --screen: #f6f8fb;
  --go: #0f7350;
  --on-go: #fff;
  --stop: #b3261e;
  --on-stop: #fff;
  --key: #e8edf3;
  --bubble: #e3ecfb;
  --ring: #1f6feb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #0e141b;
    --card: #18212c;
    --ink: #e8eef6;
    --dim: #a9b7c9;
    --line: #2b3846;
    --edge: #8291a5;
    --screen: #111922;
    --go: #3cc48c;
    --on-go: #04140d;
    --stop: #ff8a80;
    --on-stop: #2b0907;
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
#tools {
  display: flex;
  flex-wrap: wrap;
  gap: 0.6rem 1rem;
  align-items: start;
  justify-content: space-between;
  padding: 0 1.6rem 0.8rem;
}
summary {
  cursor: pointer;
  min-height: 2rem;
  padding: 0.3rem 0;
}
#troubles {
  display: flex;
  flex-wrap: wrap;
  gap: 0.5rem;
  align-items: center;
  padding: 0.4rem 0;
  color: var(--dim);
}
#troubles button {
  background: var(--key);
  color: var(--ink);
  border-radius: 99px;
}
#troubles button[aria-pressed='true'] {
  background: var(--stop);
  color: var(--on-stop);
}
.unseen {
  position: absolute;
  width: 1px;
  height: 1px;
  margin: 0;
  overflow: hidden;
  clip-path: inset(50%);
}
kbd {
  font: inherit;
  border: 1px solid var(--edge);
  border-radius: 0.3rem;
  padding: 0 0.3em;
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
  border: 1px solid var(--edge);
  border-radius: 0.6rem;
  background: var(--card);
  padding: 0.3rem 0.6rem;
  min-height: 2rem;
}
input {
  width: 10.5rem;
  margin: 0 0.4rem;
}
@media (width < 40rem) {
  header,
  #tools,
  #rooms,
  main {
    padding-left: 0.8rem;
    padding-right: 0.8rem;
  }
}
::placeholder {
  color: var(--dim);
  opacity: 1;
}
button {
  cursor: pointer;
}
:focus-visible {
  outline: 3px solid var(--ring);
  outline-offset: 2px;
}
main {
  display: grid;
  grid-template-columns: repeat(auto-fill, minmax(min(17rem, 100%), 1fr));
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
