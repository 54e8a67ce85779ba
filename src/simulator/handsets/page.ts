/**
 * The page of the phones. HTML, style and script are each served as they stand here, without a
 * build and without anything from elsewhere.
 * Whatever came over the network is set as text, never as HTML.
 */
export const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Phones</title>
<link rel="stylesheet" href="/handsets/page.css">
<script src="/handsets/page.js" defer></script>
</head>
<body>
<header>
  <h1>Phones</h1>
  <p>A simulated telephone network: nothing here reaches a real phone.
  The phone that you have chosen takes your keyboard: <kbd>Enter</kbd> answers, <kbd>0</kbd> to <kbd>9</kbd>,
  <kbd>*</kbd> and <kbd>#</kbd> dial, <kbd>Esc</kbd> declines or hangs up.</p>
  <form id="add">
    <label>Number
      <input id="number" placeholder="+14155550123" pattern="\\+[1-9][0-9]{6,14}" required></label>
    <button>Put a phone here</button>
  </form>
  <span id="link" role="status">connecting</span>
</header>
<section id="tools" aria-label="Troubles, reset">
  <details>
    <summary>Troubles of the carrier<span id="struck"></span></summary>
    <div id="troubles" role="group" aria-label="Troubles of the carrier"></div>
  </details>
  <button id="reset" type="button">Reset: no troubles, empty phones</button>
  <p id="news" class="unseen" role="status"></p>
</section>
<section id="rooms" aria-label="Conferences" aria-live="polite"></section>
<main id="phones">
<p id="empty">No phone is in use yet.
One appears here as soon as it is sent a message or a call.</p>
</main>
</body>
</html>
`;
