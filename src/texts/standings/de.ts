import type { Standings } from '../standing.js';

export const standings: Standings = {
  call: {
    soon: 'Gleich klingelt das Telefon.',
    in_line: (wait) => `Das Telefon klingelt, wenn es an der Reihe ist: in etwa ${wait}.`,
    ring_limit: (wait) =>
      `Dieses Telefon hat zuletzt oft geklingelt. Es darf wieder klingeln, Wartezeit: ${wait}.`,
    carrier: (wait) =>
      `Der Anruf konnte gerade nicht hinausgehen. Nächster Versuch, Wartezeit: ${wait}.`,
    held: 'Es wird vorerst zurückgehalten.',
    sending: 'Der Anruf ist unterwegs.',
    accepted: 'Der Telefonanbieter ruft an.',
    unknown: 'Wir wissen nicht, ob er hinausging.',
    ringing: 'Das Telefon klingelt.',
    answered: 'Jemand hat abgenommen.',
  },
  text: {
    soon: 'Sie geht gleich hinaus.',
    in_line: (wait) => `Sie geht hinaus, wenn sie an der Reihe ist, Wartezeit etwa: ${wait}.`,
    sms_limit: (wait) =>
      `Dieses Telefon hat zuletzt viele SMS bekommen. Wartezeit bis zur nächsten: ${wait}.`,
    carrier: (wait) => `Sie konnte gerade nicht hinausgehen. Nächster Versuch, Wartezeit: ${wait}.`,
    call_unknown: (wait) =>
      `Wir wissen nicht, ob der Anruf hinausging. Die SMS folgt, Wartezeit: ${wait}.`,
    held: 'Es wird vorerst zurückgehalten.',
    sending: 'Sie ist unterwegs.',
    accepted: 'Sie wurde gesendet.',
    delivered: 'Sie ist angekommen.',
    unknown: 'Wir wissen nicht, ob es hinausging.',
  },
  app: 'Zu sehen beim nächsten Blick in die App.',
  end: {
    hung_up: 'Der Anruf ist vorbei.',
    busy: 'Besetzt oder abgelehnt.',
    no_answer: 'Niemand hat abgenommen.',
    canceled: 'Es wurde abgebrochen.',
    bad_number: 'Laut Telefonanbieter gibt es diese Nummer nicht.',
    no_sms: 'Diese Nummer empfängt keine SMS.',
    opted_out: 'Diese Nummer hat auf unsere SMS mit STOP geantwortet.',
    expired: 'Es konnte nicht rechtzeitig hinausgehen.',
    overdue: 'Es wurde nicht rechtzeitig bestätigt.',
    recalled: 'Es wurde zurückgenommen.',
    unknown: 'Wir wissen nicht, ob es hinausging.',
    machine: 'Die Mailbox hat abgenommen.',
    confirmed: 'Nicht mehr nötig.',
    stopped: 'Es waren keine Anrufe mehr gewünscht.',
    call_ended: 'Es war vorbei.',
    removed: 'Aus dem Gespräch entfernt.',
    ring_limit: 'Dieses Telefon hat zuletzt zu oft geklingelt.',
    sms_limit: 'Dieses Telefon hat zuletzt zu viele SMS bekommen.',
    no_consent: 'Die Zustimmung zu Anrufen wurde zurückgezogen.',
    number_refused: 'Solche Nummern werden von hier nicht angerufen.',
    spend_cap: 'Das Ausgabenlimit Ihres Betreibers ist erreicht.',
    number_moved: 'Diese Nummer gehört jetzt jemand anderem.',
    failed: 'Es kam nicht bis zum Telefon.',
  },
};
