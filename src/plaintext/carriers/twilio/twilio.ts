import type { Carrier } from '../carrier.js';
import { TwilioCallbacks } from './twilio.callbacks.js';
import { TwilioClient } from './twilio.client.js';

export const twilio: Carrier = {
  name: 'twilio',
  can: { machineDetection: true, rooms: true, callEvents: true, validity: true, lists: true },
  contentType: 'application/x-www-form-urlencoded',
  makeClient: (settings, onNoAnswer = () => {}) =>
    new TwilioClient({
      accountSid: settings.carrierAccountSid,
      apiKey: settings.carrierApiKey,
      secret: settings.carrierAuthToken,
      sender: settings.carrierSenderNumber,
      baseUrl: settings.carrierBaseUrl,
      discardsContent: settings.carrierDiscardsContent,
      onNoAnswer,
    }),
  makeCallbacks: ({ carrierWebhookTokens: webhookTokens, ingressPublicUrl }) =>
    new TwilioCallbacks({ webhookTokens, ingressPublicUrl }),
};
