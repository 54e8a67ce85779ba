import { standings } from '../../../texts/standings/es.js';
import type { ProblemCode } from '../../client/generated/problem-codes.js';
import { conferences } from './conferences/es.js';
import type { Words } from './en.js';
import { verifying } from './verifying/es.js';

const MISTAKE = 'La aplicación ha cometido un error. Vuelva a cargar la página.';

const problems: Record<ProblemCode, string> = {
  ...verifying.problems,
  INVALID_IDEMPOTENCY_KEY: MISTAKE,
  UNAUTHENTICATED: 'Su sesión ha terminado. Inicie sesión de nuevo.',
  WRONG_CREDENTIALS: 'El usuario o la contraseña no son correctos.',
  ORIGIN_REFUSED: 'Abra esta página en la dirección que le dio su operador y vuelva a intentarlo.',
  SIGNATURE_REFUSED: MISTAKE,
  NUMBER_NOT_VERIFIED: 'Verifique primero su propio número.',
  NOT_YOURS: 'En esta conferencia, eso le corresponde a otra persona.',
  NO_CONSENT: 'Esta persona no ha aceptado que su equipo la contacte así.',
  SIGN_UP_REFUSED: 'Aquí necesita una invitación válida para registrarse. Pídala a su operador.',
  WRONG_RESET_CODE: 'Este código no es válido o ya no lo es. Pida uno nuevo a su operador.',
  METHOD_NOT_ALLOWED: MISTAKE,
  LOGIN_TAKEN: 'Ese usuario ya está ocupado. Elija otro.',
  RECIPIENT_UNREACHABLE:
    'Esta persona no tiene un número verificado, así que no se la puede contactar.',
  DING_ENDED: 'Este Ding ha terminado.',
  CONFERENCE_ENDED: 'Esta conferencia ha terminado.',
  CONFERENCE_LIMIT: 'Tiene tantas conferencias en curso como se permite. Termine una primero.',
  CONFERENCE_FULL: 'Esta conferencia está llena.',
  SERVICE_LIMIT: 'No se permiten más servicios.',
  TEAM_LIMIT: 'Está en tantos equipos como se permite. Salga de uno primero.',
  CONSENT_OUTDATED: 'Este texto ha cambiado. Lea el nuevo y decida después.',
  PAYLOAD_TOO_LARGE: 'Es demasiado de una vez. Hágalo más corto.',
  UNSUPPORTED_MEDIA_TYPE: MISTAKE,
  IDEMPOTENCY_KEY_REUSED: MISTAKE,
  DING_LIMIT:
    'Esta persona ha tenido muchos Dings; por ahora no le llega ninguno por llamada ni SMS.',
  RING_LIMIT: 'A esta persona ya se la ha llamado demasiado por ahora.',
};

export const es: Words = {
  nav: {
    label: 'Principal',
    skip: 'Ir al contenido',
    dings: 'Dings',
    conferences: 'Conferencias',
    teams: 'Equipos',
    number: 'Número',
    me: 'Yo',
  },

  common: {
    ...verifying.common,
    loading: 'Cargando…',
    retry: 'Volver a intentar',
    cancel: 'Cancelar',
    close: 'Cerrar',
    save: 'Guardar',
    saved: 'Guardado.',
    required: 'Rellene este campo.',
  },

  trouble: {
    ...verifying.trouble,
    offline: 'No tiene conexión. Lo que ve puede estar anticuado.',
    away:
      'Ahora no se puede contactar con el servidor. Lo que ve puede estar anticuado; seguimos ' +
      'intentándolo.',
    notFound: 'Aquí no hay nada',
    notFoundText: 'Quizá haya una errata en la dirección.',
  },
  problems,

  signIn: {
    title: 'Iniciar sesión',
    login: 'Usuario',
    password: 'Contraseña',
    show: 'Mostrar la contraseña',
    hide: 'Ocultar la contraseña',
    submit: 'Iniciar sesión',
    noAccount: '¿Aún no tiene cuenta?',
    signUp: 'Registrarse',
    forgotten: '¿Ha olvidado la contraseña?',
  },

  signUp: {
    title: 'Registrarse',
    name: 'Su nombre',
    nameHint: 'Lo ve su equipo y se dice por teléfono.',
    loginHint: 'De 3 a 64 letras, cifras o . _ @ -, empezando por una letra.',
    passwordHint: 'Al menos 15 caracteres. Cuatro palabras que nadie adivinaría van bien.',
    invite: 'Código de invitación',
    inviteHint: 'Se lo da su operador.',
    submit: 'Registrarse',
    hasAccount: '¿Ya tiene cuenta?',
    closed: 'Aquí las cuentas las crea su operador. Pídale una.',
  },

  demo: {
    title: 'La demostración',
    entering: 'Iniciando sesión …',
    over: 'Esta dirección ya se ha usado, o tiene más de diez minutos. Inicie otra vez la demostración.',
    signIn: 'Iniciar sesión',
    goOn: 'Ya ha iniciado sesión aquí: ir a los Dings',
  },

  me: {
    title: 'Yo',
    name: 'Su nombre',
    login: 'Usuario',
    language: 'Idioma',
    languageHint: 'De esta aplicación y de los SMS y llamadas que recibe.',
    signOut: 'Cerrar sesión',
    noNumber: 'No tiene un número verificado, así que no puede llamarle nadie.',
    verify: 'Verificar su número',
    verifyAgain: 'Verificarlo otra vez, u otro',
    notices: 'Avisos',
    allNotices: 'Todos los avisos',
    noNotices: 'No hay avisos.',
    older: 'Mostrar anteriores',
    somebody: 'alguien que estaba',
    see: { ding: 'Ver el Ding', conference: 'Ver la conferencia' },
    notice: {
      number_moved:
        'Otra persona ha verificado su número, y ahora es suyo. Usted no tiene ninguno aquí ' +
        'hasta que verifique uno.',
      number_changed:
        'Otro número ha ocupado el lugar del suyo. Si no ha sido usted, pida a su operador que ' +
        'restablezca su contraseña.',
      number_to_prove_again:
        'Verifique su número otra vez. Hasta entonces no puede llamarle nadie.',
      number_shown: {
        ding: (who) => `En un Ding suyo puede ver su número ${who}, en cuanto le llegue.`,
        conference: (who) =>
          `En una conferencia puede ver su número ${who}, mientras ambos estén en ella.`,
      },
      number_not_shown: {
        ding: (who) =>
          `En un Ding suyo no pudo ver su número ${who}: se había mostrado más de lo habitual.`,
        conference: (who) =>
          `En una conferencia no pudo ver su número ${who}: se había mostrado más de lo habitual.`,
      },
      ding_unreached: (who) => `Un Ding suyo ha terminado. No llegó a: ${who}.`,
      password_changed:
        'Se ha cambiado su contraseña. Si no ha sido usted, pida a su operador que la restablezca.',
      password_reset:
        'Su contraseña se ha puesto de nuevo con un código. Si no ha sido usted, pida a su ' +
        'operador que la restablezca otra vez.',
      removed_from_team: 'Le han quitado de un equipo.',
    },
    ledger: {
      title: 'Quién ha tenido su número',
      what: 'Aquí consta cada vez que su número se abrió o se mostró, lo más nuevo primero.',
      none: 'Hasta ahora no lo ha tenido nadie.',
      carrier: {
        verification: (carrier) =>
          `Dado a la compañía telefónica ${carrier}, para llevarle un código.`,
        ding: (carrier) => `Dado a la compañía telefónica ${carrier}, para avisarle de un Ding.`,
        conference: (carrier) =>
          `Dado a la compañía telefónica ${carrier}, para llamarle a una conferencia.`,
      },
      question: (carrier) =>
        `Dado otra vez a la compañía telefónica ${carrier}, para preguntar qué fue de ello.`,
      nobody: 'Abierto para la compañía telefónica, y luego no dado a nadie.',
      participants: {
        ding: 'Preparado para quienes recibieron un Ding suyo, visible mientras dure.',
        conference:
          'Preparado para quienes están en una conferencia con usted, visible mientras dure.',
      },
      shown: {
        ding: (who) => `Mostrado en un Ding suyo. Lo vio ${who}.`,
        conference: (who) => `Mostrado en una conferencia con usted. Lo vio ${who}.`,
      },
      looked: {
        ding: (who, times) => `Mostrado ${times} veces en total en un Ding suyo. Lo vio ${who}.`,
        conference: (who, times) =>
          `Mostrado ${times} veces en total en una conferencia con usted. Lo vio ${who}.`,
      },
      operator: (reason) =>
        `El operador consultó qué se había enviado a su número, sin ver el número. Su motivo: «${reason}»`,
      other: 'Abierto para algo que esta página aún no conoce. Cargue la página otra vez.',
    },
    sessions: {
      title: 'Dónde ha iniciado sesión',
      what: 'Si no reconoce alguna, termínela y cambie su contraseña.',
      kind: { cookie: 'Un navegador', bearer: 'Una aplicación o un programa' },
      current: 'este',
      since: (time) => `Inicio de sesión: ${time}`,
      used: (time) => `Último uso: ${time}`,
      end: 'Terminarla',
      endOthers: 'Cerrar sesión en todo lo demás',
      noOther: 'No tiene sesión en ningún otro sitio.',
    },
    password: {
      title: 'Cambiar la contraseña',
      what: 'Aquí sigue con la sesión iniciada; en todo lo demás se cierra.',
      old: 'Su contraseña de hasta ahora',
      next: 'Contraseña nueva',
      change: 'Cambiar la contraseña',
      changed: 'Su contraseña está cambiada.',
      wrong: 'Esta no es su contraseña. Inténtelo otra vez.',
    },
    reset: {
      title: 'Poner una contraseña nueva',
      what:
        'Su operador puede darle un código para restablecerla. Con él pone una contraseña ' +
        'nueva, y se cierra su sesión en todas partes.',
      code: 'Código para restablecer',
      codeHint: '16 letras y cifras, de su operador.',
      submit: 'Poner la contraseña',
      done: 'Su contraseña nueva ya vale. Inicie sesión con ella.',
    },
    close: {
      title: 'Cerrar su cuenta',
      cannotUndo: 'Esto no se puede deshacer.',
      what: [
        'Lo que suena o espera para usted termina enseguida.',
        'Sale de todos sus equipos, y se cierra su sesión en todas partes.',
        'Su número, sus avisos y el registro de quién lo tuvo se borran enseguida; su nombre y ' +
          'lo que envió, en unas horas.',
        'Lo que queda: que a usted se le mostraron números de otros en llamadas consta en sus ' +
          'registros, sin el nombre de usted.',
      ],
      passwordHint: 'Para estar seguros de que es usted.',
      yes: 'Cerrar mi cuenta para siempre',
      done: 'Su cuenta está cerrada',
      doneText: 'Lo que aún queda de usted se borra en unas horas. Que le vaya bien.',
    },
  },

  number: {
    ...verifying.number,
    title: 'Su número',
    why:
      'Un código muestra que se le puede contactar en este número. Los Dings y las conferencias ' +
      'le llaman a él.',
    proved: (since) => `Su número está verificado desde el ${since}.`,
    provedIs: (number) => `${number} está verificado. Ahora es su número.`,
    yoursIsProved: 'El número que ha indicado está verificado. Ahora es su número.',
    endsAt: (time) => `Verifíquelo de nuevo antes del ${time}.`,
    mustProve: {
      age:
        'Su número se verificó hace demasiado tiempo. Verifíquelo de nuevo: hasta entonces ' +
        'nadie puede llamarle.',
      unreachable:
        'La compañía telefónica dice que ese número ya no existe. Verifíquelo de nuevo o ' +
        'verifique otro.',
    },
    again: 'Verificarlo de nuevo, u otro número',
    yours: 'el número que ha indicado',
    risks: 'Qué demuestra un código en su teléfono',
  },

  people: {
    search: 'Buscar por nombre',
    nobodyFound: 'Nadie se llama así.',
    chosen: (names) => `Elegidos: ${names}`,
    inTheWay: 'Ahora no se puede llamar a esta persona.',
    obstacles: {
      no_consent: 'No ha aceptado que se le llame para esto',
      unreachable: 'No tiene un número verificado',
    },
  },

  standings,

  dings: {
    title: 'Dings',
    one: 'Ding',
    yours: 'Su Ding',
    toAll: 'Todos los Dings',
    none: 'Todavía no tiene ningún Ding.',
    whatItIs:
      'Un Ding es un mensaje urgente. Busca a las personas por llamada, SMS o app hasta que lo confirman.',
    toConfirm: 'Confirme estos ahora',
    which: 'Qué Dings',
    sides: { all: 'Todos', initiator: 'Míos', recipient: 'Para mí' },
    noneOfThese: 'No hay ninguno de estos.',
    older: 'Mostrar más antiguos',
    fromYou: 'De usted',
    from: (name) => `De ${name}`,
    goesOn: 'Sigue en marcha.',
    takenBack: 'Se retiró.',
    isOver: 'Ha terminado.',
    allConfirmed: (count) => (count === 1 ? 'Confirmado.' : `Los ${count} han confirmado.`),
    confirmedCount: (count, all) => `Confirmados: ${count} de ${all}.`,
    noneReached: 'No se pudo contactar con nadie.',
    unreachedCount: (count) =>
      count === 1
        ? 'No se pudo contactar con una persona.'
        : `No se pudo contactar con ${count} personas.`,
    youHave: 'Usted ha confirmado.',
    youHaveNot: 'Usted no ha confirmado.',
    sentAt: (time) => `Enviado: ${time}.`,
    sentBy: { voice: 'Por llamada.', sms: 'Por SMS.', app: 'Solo por la app.' },
    people: 'Quién debe confirmar',
    recall: 'Retirarlo',
    recallQuestion: '¿Retirar este Ding?',
    recallText: 'Lo que suena deja de sonar y no sale nada más. Un SMS ya enviado se queda.',
    confirmedBy: {
      voice: 'Confirmado con una tecla del teléfono.',
      link: 'Confirmado con el enlace del SMS.',
      app: 'Confirmado en la app.',
    },
    doubted: 'Se pulsó una tecla, pero luego se oyó un buzón de voz. Quizá nadie lo sabe.',
    stopped: 'No quiere más llamadas por esto y no ha confirmado.',
    notConfirmed: 'No ha confirmado.',
    unreached: 'No se pudo contactar.',
    notYet: 'Todavía no ha confirmado.',
    ways: { voice: 'Llamada', sms: 'SMS', app: 'App' },
    next: {
      sms: 'Después: si la llamada no trae confirmación, sale un SMS enseguida.',
      wait: 'Después: no sale nada más; todavía se puede confirmar.',
    },
    callerId: 'Su número:',
    urgentFrom: (name) => `Urgente, de ${name}`,
    confirm: 'Lo he leído: confirmar',
    youConfirmed: (time) => `Usted ha confirmado (${time}).`,
    toldSo: (name) => `${name} lo ve.`,
    youDoubted: 'Después de la tecla se oyó un buzón de voz. Confirme aquí para que sea seguro.',
    recalledForYou: 'Este Ding se retiró. No tiene que hacer nada.',
    overForYou: 'Este Ding ha terminado. Todavía puede confirmarlo.',
    later: 'Más tarde',
    compose: {
      title: 'Nuevo Ding',
      proveFirst: 'Verifique primero su propio número: a quien llama, ve quién llama.',
      toNumber: 'Verificar su número',
      nobody: 'Todavía no comparte equipo con nadie. Un Ding va a personas de sus equipos.',
      toTeams: 'Ir a sus equipos',
      to: '¿A quién quiere avisar?',
      tooMany: (most) => `Un Ding va a ${most} personas como mucho.`,
      chooseFirst: 'Elija primero a quién quiere avisar.',
      way: '¿De qué forma?',
      wayHints: {
        voice: 'Su teléfono suena. Si eso no trae confirmación, sigue un SMS enseguida.',
        sms: 'Reciben un SMS con un enlace para confirmar.',
        app: 'No suena nada. Lo ven cuando miran la app, también sin número.',
      },
      text: '¿De qué se trata?',
      textLeft: (left) => (left === 1 ? 'Queda un carácter.' : `Quedan ${left} caracteres.`),
      textWrong: 'Ninguna línea puede parecer un enlace para confirmar ni un código.',
      preview: 'Lo que reciben',
      theyHear: 'Oyen',
      theyRead: 'Leen',
      smsFollows: 'El SMS que puede seguir',
      makes: (count) => (count === 1 ? 'Es un SMS.' : `Son ${count} SMS.`),
      makesUpTo: (most) => `En otro idioma: hasta ${most}.`,
      isCut: 'Está cortado; el enlace lleva al texto entero.',
      inTheirLanguage: 'Las palabras alrededor de su texto van en el idioma de cada persona.',
      send: 'Enviar el Ding',
      sendTo: (count) =>
        count === 1 ? 'Enviar el Ding a 1 persona' : `Enviar el Ding a ${count} personas`,
      isAbout: (names) => `Se trata de: ${names}.`,
      until: (time) => `Dura hasta: ${time}.`,
      leaveOut: 'Enviar sin estas personas',
    },
  },

  conferences,

  teams: {
    title: 'Equipos',
    what:
      'En un equipo, unos a otros se envían Dings y se llaman a conferencias. Si su propio ' +
      'teléfono puede sonar lo decide usted, en cada equipo.',
    none: 'Aún no está en ningún equipo. Cree uno, o únase a uno con un código que alguien le dé.',
    make: 'Crear un equipo',
    join: 'Unirse a un equipo',
    yourRole: { owner: 'Es suyo.', member: 'Es usted miembro.' },
    name: 'Nombre del equipo',
    nameHint: 'Lo ven todos los del equipo.',
    code: 'Código de invitación',
    codeHint: '16 letras y cifras. También puede pegar el enlace entero.',
    joinIt: 'Unirse',
    invited: 'Le han invitado a un equipo.',
    signInFirst: 'Le han invitado a un equipo. Cree una cuenta o inicie sesión, y podrá unirse.',
    joiningIsNoConsent: 'Con esto aún no puede llamarle nadie. Lo decide usted a continuación.',
    badCode: 'Este código no vale, o ya no. Pida uno nuevo.',
    team: 'Equipo',
    all: 'Todos sus equipos',
    gone: 'Ese equipo no existe, o usted ya no está en él.',
    reachYou: '¿Puede llamarle este equipo?',
    noNumberYet: 'Aún no puede llamarle nadie, elija lo que elija aquí.',
    verify: 'Verificar su número',
    consent: {
      ring: {
        title: 'Los Dings',
        given: 'Sí. Su teléfono suena con los Dings de este equipo.',
        notGiven: 'No. Su teléfono no suena con los Dings de este equipo.',
        read: 'Leer qué aceptaría para los Dings',
        withdraw: 'No más Dings por teléfono',
      },
      conference: {
        title: 'Las conferencias',
        given: 'Sí. Este equipo puede llamarle a conferencias.',
        notGiven: 'No. Este equipo no le llama a conferencias.',
        read: 'Leer qué aceptaría para las conferencias',
        withdraw: 'No más llamadas a conferencias',
      },
    },
    readGiven: 'Lo que ha aceptado',
    agree: 'Acepto',
    members: 'Miembros',
    you: 'usted',
    owner: 'dirige el equipo',
    more: 'Mostrar más miembros',
    reach: {
      everything: 'Deja que el equipo le llame para Dings y conferencias.',
      ring: 'Deja que el equipo le llame para Dings.',
      conference: 'Deja que el equipo le llame para conferencias.',
      none: 'No deja que el equipo le llame.',
      noNumber: 'Pero no tiene un número verificado.',
    },
    remove: (name) => `Quitar a ${name}`,
    removeAsk: (name, team) => `¿Quitar a ${name} de ${team}?`,
    removeText:
      'Lo que aún le suene termina. El código de invitación también: haga uno nuevo para los ' +
      'demás.',
    invite: 'Invitar a personas',
    whoInvites: (name) => `Quien invita a gente nueva es ${name}.`,
    noCode: 'Con un código se puede entrar. Se muestra una sola vez, al hacerlo.',
    newCode: 'Hacer un código nuevo',
    newCodeAsk: '¿Hacer un código de invitación nuevo?',
    newCodeText: 'Con el código anterior, si lo hay, ya no entra nadie.',
    codeIs: 'Quien tenga este código puede unirse:',
    codeLasts: (uses, until) =>
      uses === 1
        ? `Vale para una persona, hasta el ${until}.`
        : `Vale para ${uses} personas, hasta el ${until}.`,
    link: 'Lo mismo como enlace',
    copy: 'Copiar el enlace',
    copied: 'Copiado.',
    notCopied: 'El navegador no ha dejado copiarlo. Marque el enlace y cópielo usted.',
    share: 'Compartir el enlace',
    qr: 'O apunten aquí con la cámara:',
    qrLabel: 'Código QR con el enlace para unirse',
    toldOnce: 'Este código solo se ve hasta que cierre esta página.',
    leave: 'Dejar el equipo',
    leaveAsk: (team) => `¿Dejar ${team}?`,
    leaveText:
      'El equipo ya no le alcanza a usted, ni usted al equipo. Lo que aún suena termina. Para ' +
      'volver necesita un código de invitación.',
    leaveAsOwner: 'Usted lo dirige: después lo dirige quien lleva más tiempo en él.',
    leaveAlone: 'No hay nadie más, así que el equipo desaparecerá para siempre.',
  },
};
