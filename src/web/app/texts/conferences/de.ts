import type { Words } from '../en.js';

export const conferences: Words['conferences'] = {
  title: 'Konferenzen',
  start: 'Konferenz beginnen',
  one: 'Konferenz',
  none: 'Noch keine Konferenz. Beginnen Sie eine: Alle Telefone klingeln, und Sie sprechen miteinander.',
  older: 'Ältere zeigen',
  startedBy: (name) => `Begonnen von ${name}`,
  startedByYou: 'Von Ihnen begonnen',
  inRoom: (joined, all) => `${joined} von ${all} im Raum`,
  live: 'Läuft',
  over: {
    finished: 'Vorbei: Niemand war mehr da',
    ended: 'Vorbei: Sie wurde beendet',
    time_limit: 'Vorbei: Ihre Zeit war um',
  },
  people: 'Personen',
  lastsUntil: (time) => `Sie endet von selbst bis ${time}.`,
  endsWith: (name) => `Sie endet für alle, wenn ${name} geht.`,
  endsWithYou: 'Sie endet für alle, wenn Sie gehen.',
  noLonger: 'Sie sind nicht mehr in dieser Konferenz.',
  toList: 'Alle Konferenzen',

  form: {
    whom: 'Wer soll angerufen werden?',
    atLeast: 'Mindestens zwei andere. Alle Telefone klingeln zugleich, auch Ihres.',
    tooFew: 'Wählen Sie mindestens zwei Personen.',
    tooMany: (most) => `Wählen Sie höchstens ${most} Personen.`,
    endsWithMe: 'Sie endet für alle, wenn ich gehe',
    seen: 'Solange zwei im Raum sind, sehen sie die Nummer voneinander. Sonst sieht sie niemand.',
    submit: 'Jetzt alle anrufen',
    needNumber: 'Eine Konferenz ruft auch Sie an. Bestätigen Sie zuerst Ihre Nummer.',
    verify: 'Meine Nummer bestätigen',
    nobody:
      'Eine Konferenz braucht mindestens zwei andere aus Ihren Teams, die zugestimmt und eine bestätigte Nummer haben.',
    toTeams: 'Meine Teams',
  },

  more: {
    title: 'Weitere anrufen',
    whom: 'Wer soll noch angerufen werden?',
    submit: 'Jetzt anrufen',
    nobody: 'Aus Ihren Teams kann niemand sonst angerufen werden.',
    back: 'Zurück zur Konferenz',
  },

  mine: {
    waiting: 'Gleich klingelt Ihr Telefon.',
    waitingUntil: (time) => `Ihr Telefon klingelt um ${time}.`,
    unsure: 'Wir wissen noch nicht, ob Ihr Telefon angerufen wird.',
    ringing: 'Ihr Telefon klingelt. Nehmen Sie ab und drücken Sie die 1.',
    answered: 'Drücken Sie auf Ihrem Telefon die 1, um teilzunehmen.',
    joined: 'Sie sind im Raum.',
    away: 'Sie sind nicht im Raum.',
    failed: 'Ihr Telefon war nicht zu erreichen.',
  },

  theirs: {
    waiting: 'Wird gleich angerufen',
    waitingUntil: (time) => `Wird um ${time} angerufen`,
    unsure: 'Vielleicht angerufen: Wir wissen es noch nicht',
    ringing: 'Es klingelt',
    answered: 'Hat abgenommen, ist noch nicht im Raum',
    joined: 'Im Raum',
    removed: 'Entfernt',
    away: 'Nicht im Raum',
  },

  reasons: {
    hung_up: 'Hat aufgelegt',
    busy: 'Besetzt oder abgelehnt',
    no_answer: 'Hat nicht abgenommen',
    machine: 'Die Mailbox hat abgenommen',
    no_consent: 'Stimmt Anrufen nicht mehr zu',
    failed: 'War nicht zu erreichen',
  },

  muted: {
    byYou: 'Von Ihnen stummgeschaltet',
    bySelf: 'Hat sich stummgeschaltet',
    by: (name) => `Von ${name} stummgeschaltet`,
    coming: 'Wird stummgeschaltet …',
    going: 'Das Mikrofon geht gleich auf …',
    onlyBy: (name) => `Nur ${name} kann Ihr Mikrofon wieder öffnen.`,
  },

  acts: {
    muteMe: 'Mich stummschalten',
    unmuteMe: 'Mein Mikrofon öffnen',
    mute: 'Stummschalten',
    muteWho: (name) => `Stummschalten: ${name}`,
    unmute: 'Mikrofon öffnen',
    unmuteWho: (name) => `Mikrofon öffnen: ${name}`,
    remove: 'Entfernen',
    removeWho: (name) => `Entfernen: ${name}`,
    callAgain: 'Noch einmal anrufen',
    callAgainWho: (name) => `Noch einmal anrufen: ${name}`,
    callMe: 'Mich anrufen',
    hangUp: 'Auflegen',
    end: 'Für alle beenden',
  },
  awayHint: 'Wer fehlt, kommt mit „Mich anrufen“ in der eigenen App zurück.',

  ask: {
    remove: (name) => `${name} entfernen?`,
    removeText: 'Der Anruf endet. Zurück geht es nur, wenn Sie die Person noch einmal anrufen.',
    end: 'Für alle beenden?',
    endText: 'Alle Anrufe enden sofort.',
    leave: 'Auflegen und für alle beenden?',
    leaveText: 'Diese Konferenz endet für alle, wenn Sie gehen.',
  },
};
