/**
 * Each magic number of a Twilio test account stands for an error. Source: Twilio, "Test
 * credentials".
 * Those for `To` differ for calls and messages. In `From` only +15005550006 works.
 */
const TO_CALL: Record<string, number> = {
  '+15005550001': 21217, // not valid
  '+15005550002': 21214, // can't be routed
  '+15005550003': 21215, // no international permission
  '+15005550004': 21216, // blocked for this account
};
const TO_MESSAGE: Record<string, number> = {
  '+15005550001': 21211, // not valid
  '+15005550002': 21612, // can't be routed
  '+15005550003': 21408, // no international permission
  '+15005550004': 21610, // unsubscribed
  '+15005550009': 21614, // can't receive SMS
};
const FROM_CALL: Record<string, number> = {
  '+15005550001': 21212, // not valid
};
const FROM_MESSAGE: Record<string, number> = {
  '+15005550001': 21212, // not valid
  '+15005550007': 21606, // not owned
  '+15005550008': 21611, // its queue is full
};

export function findMagicErrorTo(channel: 'call' | 'sms', number: string): number | undefined {
  return (channel === 'call' ? TO_CALL : TO_MESSAGE)[number];
}

export function findMagicErrorFrom(channel: 'call' | 'sms', number: string): number | undefined {
  return (channel === 'call' ? FROM_CALL : FROM_MESSAGE)[number];
}
