import type { Words } from '../en.js';

export const conferences: Words['conferences'] = {
  title: 'Conférences',
  start: 'Lancer une conférence',
  one: 'Conférence',
  none: 'Aucune conférence pour l’instant. Lancez-en une : tous les téléphones sonnent, et vous parlez ensemble.',
  older: 'Afficher les précédentes',
  startedBy: (name) => `Lancée par ${name}`,
  startedByYou: 'Lancée par vous',
  inRoom: (joined, all) => `${joined} sur ${all} dans la salle`,
  live: 'En cours',
  over: {
    finished: 'Terminée : il ne restait personne',
    ended: 'Terminée : on y a mis fin',
    time_limit: 'Terminée : sa durée était écoulée',
  },
  people: 'Participants',
  lastsUntil: (time) => `Elle se termine d’elle-même au plus tard à : ${time}.`,
  endsWith: (name) => `Elle se termine pour tous quand ${name} la quitte.`,
  endsWithYou: 'Elle se termine pour tous quand vous la quittez.',
  noLonger: 'Vous ne faites plus partie de cette conférence.',
  toList: 'Toutes les conférences',

  form: {
    whom: 'Qui faut-il appeler ?',
    atLeast: 'Au moins deux autres. Tous les téléphones sonnent à la fois, le vôtre aussi.',
    tooFew: 'Choisissez au moins deux personnes.',
    tooMany: (most) => `Choisissez au plus ${most} personnes.`,
    endsWithMe: 'Elle se termine pour tous quand je la quitte',
    seen: 'Tant que deux personnes sont dans la salle, chacune voit le numéro de l’autre. Personne d’autre ne le voit.',
    submit: 'Appeler tout le monde',
    needNumber: 'Une conférence vous appelle aussi. Vérifiez d’abord votre numéro.',
    verify: 'Vérifier mon numéro',
    nobody:
      'Il faut au moins deux autres membres de vos équipes qui ont donné leur accord et ont un numéro vérifié.',
    toTeams: 'Mes équipes',
  },

  more: {
    title: 'Appeler d’autres personnes',
    whom: 'Qui d’autre faut-il appeler ?',
    submit: 'Appeler maintenant',
    nobody: 'Personne d’autre de vos équipes ne peut être appelé.',
    back: 'Revenir à la conférence',
  },

  mine: {
    waiting: 'Votre téléphone sonne dans un instant.',
    waitingUntil: (time) => `Votre téléphone sonne à ${time}.`,
    unsure: 'Nous ne savons pas encore si votre téléphone est appelé.',
    callsAway:
      'Aucun appel n’est possible pour le moment. Votre téléphone sonnera dès que possible.',
    ringing: 'Votre téléphone sonne. Répondez et tapez 1.',
    answered: 'Tapez 1 sur votre téléphone pour participer.',
    joined: 'Vous êtes dans la salle.',
    away: 'Vous n’êtes pas dans la salle.',
    failed: 'Votre téléphone n’a pas pu être joint.',
  },

  theirs: {
    waiting: 'Appel dans un instant',
    waitingUntil: (time) => `Appel à ${time}`,
    unsure: 'Peut-être appelé : nous ne le savons pas encore',
    callsAway: 'En attente : aucun appel possible pour le moment',
    ringing: 'Le téléphone sonne',
    answered: 'A répondu, n’est pas encore dans la salle',
    joined: 'Dans la salle',
    removed: 'Retiré',
    away: 'Pas dans la salle',
  },

  reasons: {
    hung_up: 'A raccroché',
    busy: 'Occupé, ou a refusé',
    no_answer: 'N’a pas répondu',
    machine: 'La messagerie a répondu',
    no_consent: 'N’accepte plus d’être appelé',
    failed: 'N’a pas pu être joint',
  },

  muted: {
    byYou: 'Micro coupé par vous',
    bySelf: 'A coupé son micro',
    by: (name) => `Micro coupé par ${name}`,
    coming: 'Le micro va être coupé …',
    going: 'Le micro va être rouvert …',
    onlyBy: (name) => `Seul ${name} peut rouvrir votre micro.`,
  },

  acts: {
    muteMe: 'Couper mon micro',
    unmuteMe: 'Rouvrir mon micro',
    mute: 'Couper le micro',
    muteWho: (name) => `Couper le micro : ${name}`,
    unmute: 'Rouvrir le micro',
    unmuteWho: (name) => `Rouvrir le micro : ${name}`,
    remove: 'Retirer',
    removeWho: (name) => `Retirer ${name}`,
    callAgain: 'Rappeler',
    callAgainWho: (name) => `Rappeler ${name}`,
    callMe: 'M’appeler',
    hangUp: 'Raccrocher',
    end: 'Terminer pour tous',
  },
  awayHint: 'Les absents reviennent par « M’appeler » dans leur propre application.',

  ask: {
    remove: (name) => `Retirer ${name} ?`,
    removeText: 'Son appel se termine. Cette personne ne revient que si vous la rappelez.',
    end: 'Terminer pour tous ?',
    endText: 'Tous les appels se terminent aussitôt.',
    leave: 'Raccrocher et terminer pour tous ?',
    leaveText: 'Cette conférence se termine pour tous quand vous la quittez.',
  },
};
