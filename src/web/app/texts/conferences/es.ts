import type { Words } from '../en.js';

export const conferences: Words['conferences'] = {
  title: 'Conferencias',
  start: 'Iniciar una conferencia',
  one: 'Conferencia',
  none: 'Aún no hay conferencias. Inicie una: suenan todos los teléfonos y hablan entre ustedes.',
  older: 'Mostrar anteriores',
  startedBy: (name) => `Iniciada por ${name}`,
  startedByYou: 'Iniciada por usted',
  inRoom: (joined, all) => `${joined} de ${all} en la sala`,
  live: 'En curso',
  over: {
    finished: 'Terminada: no quedaba nadie',
    ended: 'Terminada: se le puso fin',
    time_limit: 'Terminada: se agotó su tiempo',
  },
  people: 'Participantes',
  lastsUntil: (time) => `Termina por sí sola, como tarde: ${time}.`,
  endsWith: (name) => `Termina para todos cuando ${name} sale.`,
  endsWithYou: 'Termina para todos cuando usted sale.',
  noLonger: 'Ya no está en esta conferencia.',
  toList: 'Todas las conferencias',

  form: {
    whom: '¿A quién se llama?',
    atLeast: 'Al menos a otras dos personas. Suenan todos los teléfonos a la vez, también el suyo.',
    tooFew: 'Elija al menos a dos personas.',
    tooMany: (most) => `Elija como máximo a ${most} personas.`,
    endsWithMe: 'Termina para todos cuando yo salgo',
    seen: 'Mientras dos personas están en la sala, cada una ve el número de la otra. Nadie más lo ve.',
    submit: 'Llamar a todos ahora',
    needNumber: 'Una conferencia también le llama a usted. Verifique primero su número.',
    verify: 'Verificar mi número',
    nobody:
      'Hacen falta al menos otras dos personas de sus equipos que lo hayan aceptado y tengan un número verificado.',
    toTeams: 'Mis equipos',
  },

  more: {
    title: 'Llamar a más personas',
    whom: '¿A quién más se llama?',
    submit: 'Llamar ahora',
    nobody: 'No se puede llamar a nadie más de sus equipos.',
    back: 'Volver a la conferencia',
  },

  mine: {
    waiting: 'Su teléfono suena en un momento.',
    waitingUntil: (time) => `Su teléfono suena a esta hora: ${time}.`,
    unsure: 'Aún no sabemos si se está llamando a su teléfono.',
    ringing: 'Suena su teléfono. Conteste y marque 1.',
    answered: 'Marque 1 en su teléfono para entrar.',
    joined: 'Está en la sala.',
    away: 'No está en la sala.',
    failed: 'No se pudo contactar con su teléfono.',
  },

  theirs: {
    waiting: 'Se le llama en un momento',
    waitingUntil: (time) => `Se le llama a esta hora: ${time}`,
    unsure: 'Quizá se le ha llamado: aún no lo sabemos',
    ringing: 'Suena',
    answered: 'Ha contestado, aún no ha entrado',
    joined: 'En la sala',
    removed: 'Fuera de la conferencia',
    away: 'No está en la sala',
  },

  reasons: {
    hung_up: 'Ha colgado',
    busy: 'Ocupado, o ha rechazado la llamada',
    no_answer: 'No ha contestado',
    machine: 'Ha contestado el buzón de voz',
    no_consent: 'Ya no acepta que se le llame',
    failed: 'No se le pudo contactar',
  },

  muted: {
    byYou: 'Silenciado por usted',
    bySelf: 'Se ha silenciado',
    by: (name) => `Silenciado por ${name}`,
    coming: 'Se está silenciando …',
    going: 'Se está activando el micrófono …',
    onlyBy: (name) => `Solo ${name} puede activar su micrófono.`,
  },

  acts: {
    muteMe: 'Silenciarme',
    unmuteMe: 'Activar mi micrófono',
    mute: 'Silenciar',
    muteWho: (name) => `Silenciar a ${name}`,
    unmute: 'Activar micrófono',
    unmuteWho: (name) => `Activar micrófono: ${name}`,
    remove: 'Quitar',
    removeWho: (name) => `Quitar a ${name}`,
    callAgain: 'Volver a llamar',
    callAgainWho: (name) => `Volver a llamar a ${name}`,
    callMe: 'Llamarme',
    hangUp: 'Colgar',
    end: 'Terminar para todos',
  },
  awayHint: 'Quien falta vuelve con «Llamarme» en su propia aplicación.',

  ask: {
    remove: (name) => `¿Quitar a ${name}?`,
    removeText: 'Su llamada termina. Solo vuelve si usted le llama de nuevo.',
    end: '¿Terminar para todos?',
    endText: 'Todas las llamadas terminan al instante.',
    leave: '¿Colgar y terminar para todos?',
    leaveText: 'Esta conferencia termina para todos cuando usted sale.',
  },
};
