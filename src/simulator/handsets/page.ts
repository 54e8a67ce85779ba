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
<title>Handsets</title>
<link rel="stylesheet" href="/handsets/page.css">
<script src="/handsets/page.js" defer></script>
</head>
<body>
<header>
  <h1>Handsets</h1>
  <p>A simulated telephone network. Nothing here reaches a real phone.</p>
  <form id="add">
    <label>Number
      <input id="number" placeholder="+14155550123" pattern="\\+[1-9][0-9]{6,14}" required></label>
    <button>Put a phone here</button>
  </form>
  <span id="link" role="status">connecting</span>
</header>
<section id="rooms" aria-label="Conferences" aria-live="polite"></section>
<main id="phones">
<p id="empty">No phone is in use yet.
One appears here as soon as it is sent a message or a call.</p>
</main>
</body>
</html>
`;
