import type { Verifying } from './en.js';

export const verifying: Verifying = {
  common: { optional: 'freiwillig' },

  number: {
    country: 'Land',
    number: 'Telefonnummer',
    numberHint: 'Sie können sie einfügen, mit oder ohne Ländervorwahl.',
    bySms: 'Code per SMS senden',
    byCall: 'Lieber anrufen',
    callHint: 'Der Anruf nennt Ihnen eine Ziffer. Drücken Sie sie, dann spricht er den Code.',
    sentTo: (number) => `Der Code geht an: ${number}.`,
    code: 'Code',
    codeHint: 'Die Ziffern aus der SMS oder dem Anruf.',
    check: 'Code prüfen',
    wrong: (left) =>
      left === 1
        ? 'Dieser Code ist falsch. Sie haben noch einen Versuch.'
        : `Dieser Code ist falsch. Sie haben noch ${left} Versuche.`,
    resend: 'Noch einmal senden',
    callMe: 'Mit dem Code anrufen',
    waitFor: (what, time) => `${what} (in ${time})`,
    cancel: 'Andere Nummer nehmen',
    over: {
      expired: 'Der Code ist abgelaufen. Beginnen Sie neu.',
      max_attempts: 'Das war ein falscher Code zu viel. Beginnen Sie neu.',
      canceled: 'Diese Bestätigung wurde abgebrochen.',
      undeliverable: 'An diese Nummer ließ sich kein Code bringen.',
      blocked: 'Diese Nummer kann hier nicht bestätigt werden.',
    },
    delivery: {
      smsOnItsWay: 'Die SMS ist unterwegs.',
      smsDelivered: 'Die SMS ist angekommen.',
      callOnItsWay: 'Gleich klingelt Ihr Telefon.',
      ringing: 'Ihr Telefon klingelt.',
      answered: 'Sie haben abgenommen. Drücken Sie die Ziffer, die der Anruf nennt.',
      spoken: 'Der Anruf hat den Code gesprochen.',
      held: 'Ihr Betreiber hält Codes gerade zurück. Ihrer geht später hinaus.',
      unknown:
        'Wir wissen nicht, ob der Code hinausging. Warten Sie etwas, bevor Sie noch einmal fragen.',
      busy: 'Ihr Telefon war besetzt, oder Sie haben abgelehnt.',
      no_answer: 'Niemand hat abgenommen.',
      hung_up: 'Der Anruf endete, bevor der Code gesprochen war.',
      machine: 'Die Mailbox hat abgenommen und nichts erfahren.',
      bad_number: 'Laut Telefonanbieter gibt es diese Nummer nicht.',
      no_sms: 'Diese Nummer empfängt keine SMS. Sie können angerufen werden.',
      opted_out:
        'Diese Nummer hat auf unsere SMS mit STOP geantwortet. Sie können angerufen werden.',
      calls_away:
        'Gerade ist kein Anruf möglich. Nehmen Sie die SMS, oder versuchen Sie den Anruf später.',
      failed:
        'Der Code kam nicht bis zu Ihnen. Nehmen Sie den anderen Weg, oder versuchen Sie es ' +
        'später.',
    },
    verified: 'Ihre Nummer ist bestätigt.',
  },

  problems: {
    INVALID_INPUT: 'Etwas ist hier nicht richtig ausgefüllt. Prüfen Sie die Felder.',
    INVALID_NUMBER:
      'Diese Telefonnummer ist nicht erreichbar. Prüfen Sie das Land und die Ziffern.',
    NUMBER_TYPE_REFUSED:
      'An diese Art von Nummer senden wir keine Codes. Nehmen Sie eine Mobil- oder Festnetznummer.',
    COUNTRY_REFUSED: 'In dieses Land werden von hier keine Codes gesendet.',
    PREFIX_REFUSED: 'An Nummern, die so beginnen, werden keine Codes gesendet.',
    NOT_FOUND: 'Das gibt es nicht, oder es ist nicht für Sie.',
    VERIFICATION_FINISHED:
      'Diese Bestätigung ist vorbei. Beginnen Sie neu, um einen Code zu bekommen.',
    VOICE_ONLY: 'Diese Nummer empfängt keine SMS. Sie kann stattdessen angerufen werden.',
    CHANNEL_OFF: 'So werden hier keine Codes gesendet. Wählen Sie den anderen Weg.',
    TOO_MANY_REQUESTS: 'Das war viel in kurzer Zeit. Warten Sie einen Moment.',
    SEND_TOO_SOON: 'Eben ging ein Code hinaus. Geben Sie ihm Zeit anzukommen.',
    SEND_LIMIT: 'An diese Nummer gehen vorerst keine Codes mehr.',
    CALL_LIMIT: 'Mit diesem Code wird nicht mehr angerufen.',
    SENDS_BLOCKED: 'An Nummern wie diese werden vorerst keine Codes gesendet.',
    GUESS_LIMIT: 'Zu viele falsche Codes für diese Nummer.',
    SENDER_LIMIT: 'Sie haben davon so viele begonnen, wie Sie vorerst dürfen.',
    INTERNAL: 'Bei uns ist etwas schiefgegangen. Versuchen Sie es noch einmal.',
    UNAVAILABLE: 'Das geht gerade nicht. Versuchen Sie es gleich noch einmal.',
    STORAGE_FULL: 'Der Server ist voll. Versuchen Sie es später und sagen Sie es Ihrem Betreiber.',
  },

  trouble: {
    noAnswer:
      'Es kam keine Antwort. Prüfen Sie die Verbindung und versuchen Sie es noch einmal: Nichts ' +
      'geschieht doppelt.',
    retryIn: (time) => `Versuchen Sie es in ${time} noch einmal.`,
  },
};
