import type { Texts } from './texts.js';

export const zh = {
  voice: { voice: 'Polly.Zhiyu', language: 'cmn-CN' },
  space: '',
  codeSms: [
    (code) => `您的叮线验证码是${code}，10分钟内有效，请勿告诉他人。`,
    (code) => `叮线验证码${code}，请勿告诉他人。`,
    (code) => `验证码${code}`,
    () => '验证码',
  ],
  appCodeSms: [
    (name, code, minutes) => `【${name}】您的验证码是${code}，${minutes}分钟内有效，请勿告诉他人。`,
    (name, code) => `【${name}】验证码${code}，请勿告诉他人。`,
    (name, code) => `【${name}】验证码${code}`,
    (name, code) => `【${name}】${code}`,
    (_name, code) => `验证码${code}`,
    () => '验证码',
  ],
  dingSms: { from: (name) => `${name}通过叮线发来紧急消息：`, confirm: '\n确认：' },
  ding: {
    from: (name) => `您好。这是${name}通过叮线发来的紧急消息。`,
    menu: '确认收到请按1，重听请按星号，不再接听这条消息的来电请按9。',
    otherKey: '抱歉，这个按键没有作用。',
    confirmed: '谢谢，您已确认。再见。',
    already: '您已经确认过这条消息，谢谢，无需再操作。再见。',
    stopped: '您不会再接到这条消息的来电。再见。',
    ended: '这条消息已被撤回。再见。',
    goodbye: '没有收到按键。再见。',
  },
  conference: {
    invited: (name) => `您好。${name}通过叮线邀请您加入电话会议。`,
    called: '您好。这是您的叮线电话会议。',
    menu: '加入请按1，通话期间其他与会者可以看到您的号码。不加入请挂机。',
    otherKey: '抱歉，这个按键没有作用。',
    joining: '您正在加入会议。',
    ended: '会议已结束。再见。',
    goodbye: '没有收到按键。再见。',
  },
  code: {
    from: '您好，这里是叮线。有人（可能是您本人）申请了验证码，用于验证这个电话号码。如果不是您本人，请直接挂断。',
    fromApp: (name) =>
      `您好，这里是${name}。有人（可能是您本人）申请了验证码，用于验证这个电话号码。如果不是您本人，请直接挂断。`,
    press: (digit) => `收听验证码请按${digit}。`,
    otherKey: '抱歉，按键不对。',
    code: '您的验证码是：',
    again: '再说一遍：',
    heard: '请勿告诉他人。再见。',
    wrongKeys: '抱歉，按键仍然不对。如需验证码，请重新申请来电。再见。',
    goodbye: '没有收到按键。如需验证码，请重新申请来电。再见。',
    over: '该验证码已不再需要，或已过期。再见。',
  },
  outage: {
    moment: '请稍候。',
    sorry: '非常抱歉，我们的系统出现故障。',
    about: {
      ding: '这条消息没有得到确认。',
      verification: '请稍后重新获取验证码。',
      conference: '未能为您接通。',
    },
    goodbye: '再见。',
  },
  riskNotice: {
    title: '发到您手机上的验证码能证明什么',
    proves: '通过短信或电话收到的验证码，只能证明现在可以通过这个号码联系到您，不能证明您是谁。',
    risks:
      '短信和通话在传输途中可能被读取或转走，锁屏时也可能被人看到。有人可能在运营商处通过补办 SIM 卡或携号转网夺走您的号码。您停用的号码可能会分配给别人。',
    alternative:
      '请不要只依靠手机号码。请同时使用强密码；如有提供，请使用通行密钥或身份验证器应用。',
    lost: '如果手机无故没有信号，或者您更换了号码，请立即告知运营商和我们。我们的工作人员不会向您索要验证码，请勿告诉任何人。',
  },
  confirmPage: {
    title: '确认紧急消息',
    from: '{name} 发来紧急消息：',
    confirm: '确认收到',
    wait: '请稍候……',
    confirmed: '谢谢，您已确认。',
    already_confirmed: '这条消息已经确认过了，谢谢，无需再操作。',
    ended: '这条消息已被撤回，无需再操作。',
    unknown: '这个链接已失效。',
    trouble: '现在无法连接，请再试一次。',
    noScript: '确认需要启用JavaScript。',
  },
} as const satisfies Texts;
