import { createHmac } from 'node:crypto';

/**
 * Standard Webhooks 1.0.0, symmetric: HMAC-SHA256 over "id.timestamp.body". The secret of an app is computed and stored
 * nowhere, so that a dump of the database signs nothing; a new version of it is a new secret.
 */
export function secretOf(webhookKey: Uint8Array, appId: string, version: number): Uint8Array {
  return createHmac('sha256', webhookKey)
    .update(`dingline webhook\0${appId}\0${String(version)}`)
    .digest();
}

/** As the app's own server is given it: what the libraries of Standard Webhooks take. */
export const serializeSecret = (secret: Uint8Array): string =>
  `whsec_${Buffer.from(secret).toString('base64')}`;

/** One signature for each secret, so that during a rotation the old one and the new one both verify. */
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
