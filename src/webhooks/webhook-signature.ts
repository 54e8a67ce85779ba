import { createHmac } from 'node:crypto';

/**
 * Standard Webhooks 1.0.0, symmetric: HMAC-SHA256 over "id.timestamp.body". The secret of an app is
 * computed and stored nowhere, so that a dump of the database signs nothing; a new version of it is
 * a new secret.
 */
export function deriveSecret(webhookKey: Uint8Array, appId: string, version: number): Uint8Array {
  return createHmac('sha256', webhookKey)
    .update(`dingline webhook\0${appId}\0${String(version)}`)
    .digest();
}

/** Writes it for the app's own server, as the libraries of Standard Webhooks take it. */
export const serializeSecret = (secret: Uint8Array): string =>
  `whsec_${Buffer.from(secret).toString('base64')}`;

/**
 * Makes one signature for each secret: during a rotation the old one verifies, and so does the new.
 */
export function sign(
  secrets: readonly Uint8Array[],
  id: string,
  timestamp: number,
  body: string,
): string {
  return secrets
    .map(
      (secret) =>
        `v1,${createHmac('sha256', secret)
          .update(`${id}.${String(timestamp)}.${body}`)
          .digest('base64')}`,
    )
    .join(' ');
}
