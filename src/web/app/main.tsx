import { render } from 'preact';
import { Shell } from './shell.js';
import { takeDemoToken } from './state/demo.js';
import { watchLive } from './state/live.js';
import { watchLinks } from './state/place.js';
import { loadWords } from './texts/words.js';

takeDemoToken();
const root = document.getElementById('app');
if (root !== null) {
  await loadWords();
  watchLinks();
  watchLive();
  render(<Shell />, root);
}
