import { render } from 'preact';
import { SpokenHere } from '../texts/spoken.js';
import { Backend } from './backend.js';
import style from './style.css?inline';
import { Verify } from './verify.js';
import { findWords } from './words.js';

// No policy for styles is asked about a sheet that a script makes, so the page's may be as strict as it likes.
const sheet = new CSSStyleSheet();
sheet.replaceSync(style);

/**
 * `<dingline-verify send-url="..." check-url="...">`: a number and its code, for somebody else's
 * page. It may say `language`, `country` and `code-length`.
 */
class DinglineVerify extends HTMLElement {
  static readonly observedAttributes = ['language', 'country', 'code-length'];
  private readonly backend = new Backend(this);
  private readonly root = this.attachShadow({ mode: 'open', delegatesFocus: true });

  constructor() {
    super();
    this.root.adoptedStyleSheets = [sheet];
  }

  connectedCallback(): void {
    this.draw();
  }

  /** Ends the countdowns, and no longer asks the browser for the code. */
  disconnectedCallback(): void {
    render(null, this.root);
  }

  attributeChangedCallback(): void {
    if (this.isConnected) this.draw();
  }

  private draw(): void {
    const digits = Number(this.getAttribute('code-length') ?? NaN);
    const spoken = findWords([
      this.getAttribute('language'),
      this.closest<HTMLElement>('[lang]')?.lang,
      ...navigator.languages,
    ]);
    render(
      <SpokenHere value={spoken}>
        <Verify
          backend={this.backend}
          country={this.getAttribute('country') ?? undefined}
          digits={Number.isInteger(digits) ? digits : undefined}
        />
      </SpokenHere>,
      this.root,
    );
  }
}

if (customElements.get('dingline-verify') === undefined)
  customElements.define('dingline-verify', DinglineVerify);
