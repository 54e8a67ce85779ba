/** How one phone looks: its screen, its calls and its keys. */
export const PHONE_STYLE = `.phone {
  background: var(--card);
  border: 1px solid var(--line);
  border-radius: 1.8rem;
  padding: 0.9rem;
  box-shadow: 0 10px 30px -18px #0008;
  max-width: 24rem;
  width: 100%;
  justify-self: center;
}
.phone.ringing {
  border-color: var(--ring);
  animation: ring 1.1s ease-in-out infinite;
}
@keyframes ring {
  50% {
    box-shadow: 0 0 0 7px color-mix(in srgb, var(--ring) 28%, transparent);
  }
}
@media (prefers-reduced-motion: reduce) {
  .phone.ringing {
    animation: none;
    box-shadow: 0 0 0 4px var(--ring);
  }
}
.bar {
  display: flex;
  justify-content: space-between;
  align-items: center;
  padding: 0.1rem 0.5rem 0.7rem;
  gap: 0.6rem;
}
.bar h2 {
  margin: 0;
  font-variant-numeric: tabular-nums;
  font-size: 1.05rem;
}
.bar h2 .meta {
  font-weight: 400;
}
.phone:focus {
  border-color: var(--ring);
}
.bar select {
  font-size: 0.78rem;
  padding: 0.15rem 0.3rem;
  max-width: 9rem;
  color: var(--dim);
}
.screen {
  background: var(--screen);
  border-radius: 1.1rem;
  padding: 0.8rem;
  min-height: 13rem;
  max-height: 26rem;
  overflow-y: auto;
  display: flex;
  flex-direction: column;
  gap: 0.55rem;
}
.none {
  color: var(--dim);
  margin: auto;
}
.sms {
  align-self: flex-start;
  max-width: 92%;
  background: var(--bubble);
  border-radius: 1rem 1rem 1rem 0.25rem;
  padding: 0.5rem 0.75rem;
  white-space: pre-wrap;
  overflow-wrap: anywhere;
}
.meta {
  display: block;
  color: var(--dim);
  font-size: 0.74rem;
  font-variant-numeric: tabular-nums;
}
.call {
  border: 1px solid var(--line);
  border-radius: 0.9rem;
  padding: 0.55rem 0.75rem;
}
.call h3 {
  margin: 0;
  font-size: 0.9rem;
  font-weight: 600;
}
.call.live {
  border-color: var(--ring);
}
.call ol {
  list-style: none;
  margin: 0.4rem 0 0;
  padding: 0;
  display: flex;
  flex-direction: column;
  gap: 0.3rem;
}
.call li {
  padding-left: 0.7rem;
  border-left: 3px solid var(--ring);
  overflow-wrap: anywhere;
}
.call li.greeting {
  border-color: var(--dim);
  font-style: italic;
  color: var(--dim);
}
.call li.key {
  border-color: var(--go);
}
.call li.key.lost {
  border-color: var(--line);
  color: var(--dim);
}
.keycap {
  display: inline-block;
  min-width: 1.5em;
  text-align: center;
  background: var(--key);
  border-radius: 0.35rem;
  font-weight: 600;
  margin-right: 0.4em;
}
.pad {
  padding: 0.9rem 0.4rem 0.2rem;
  display: grid;
  gap: 0.7rem;
}
.row {
  display: flex;
  gap: 0.7rem;
}
.row button {
  flex: 1;
  padding: 0.65rem;
  border: 0;
  border-radius: 2rem;
  font-weight: 600;
}
.row .answer {
  background: var(--go);
  color: var(--on-go);
}
.row .decline {
  background: var(--stop);
  color: var(--on-stop);
}
.keys {
  display: grid;
  grid-template-columns: repeat(3, 1fr);
  gap: 0.45rem;
}
.keys button {
  border: 0;
  background: var(--key);
  border-radius: 0.8rem;
  padding: 0.5rem;
  font-size: 1.15rem;
  font-weight: 600;
}
.keys.listening button {
  box-shadow: inset 0 0 0 2px color-mix(in srgb, var(--go) 55%, transparent);
}
.keys button:active {
  filter: brightness(0.9);
}
.hint {
  margin: 0;
  text-align: center;
  font-size: 0.78rem;
  color: var(--dim);
}
`;
