import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';

const PACKAGE = path.dirname(require.resolve('qr'));
const ORIGIN = 'https://qr.invalid';

/** Reads a picture of a QR code as a camera would: by a decoder, out of its pixels, in a page of its own. */
export async function readQr(browser: Browser, picture: Buffer): Promise<string> {
  const context = await browser.newContext();
  await context.route(`${ORIGIN}/**`, (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/') return route.fulfill({ contentType: 'text/html', body: '<p>' });
    return route.fulfill({
      contentType: 'text/javascript',
      body: readFileSync(path.join(PACKAGE, pathname)),
    });
  });
  const page = await context.newPage();
  await page.goto(ORIGIN);
  const text = await page.evaluate<string>(`(async () => {
    const { default: decode } = await import('${ORIGIN}/decode.js');
    const picture = await fetch('data:image/png;base64,${picture.toString('base64')}');
    const bitmap = await createImageBitmap(await picture.blob());
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const pen = canvas.getContext('2d');
    pen.drawImage(bitmap, 0, 0);
    return decode(pen.getImageData(0, 0, bitmap.width, bitmap.height));
  })()`);
  await context.close();
  return text;
}
