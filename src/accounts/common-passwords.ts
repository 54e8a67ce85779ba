/**
 * Common passwords that are long enough to be chosen here, in lower case: those of Django's list
 * (20,000, by Royce Williams, of leaked ones; BSD licence) that have 15 characters, and what people
 * make of the commonest when they must have so many. What is repeated or runs along a keyboard is
 * found by rule (password.ts).
 */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `
    123456789101112
    abcd1234abcd1234
    abcdefghijklmnop
    administrator12
    administrator123
    asdfghjkl123456
    changemechangeme1
    changethispassword
    chelseafootballclub
    christmas2025!!
    computercomputer1
    correcthorsebatterystaple1
    demon1q2w3e4r5t
    dinglinedingline1
    dinglinepassword
    donttellanybody
    doomsayer.2.7mords.v
    doomsayer.2.7mords.vv
    enteryourpassword
    familiyafamiliya
    friend of emily
    friend of gerly
    harrypotter12345
    idontknowmypassword
    iforgotmypassword
    iloveyou12345678
    iloveyouforever
    iloveyousomuch1
    inactive1996aug
    internetexplorer
    john!20130605at1753
    kartoffelpuffer
    letmeinletmein1
    letmeinplease123
    lightpower12345
    liverpoolfc12345
    lordoftherings1
    manchesterunited
    mega_pizdetz666
    migrationschool
    mypasswordismypassword
    neworleans12345
    nopasswordneeded
    password1234567
    password12345678
    password123456789
    passwordispassword
    passwordpassword1
    passwort12345678
    polniypizdec0211
    polniypizdec1102
    polniypizdec110211
    q1w2e3r4t5y6u7i8
    qazwsxedcrfvtgb
    qwerty123456789
    sdf7asdf6asdg8df
    somanypickles27
    startrekvoyager
    stefangreil1983
    supermanbatman12
    thisismypassword
    trustno1trustno1
    unbelievable123
    welcome123456789
    welcometodingline
    whatisthepassword
    yfdbufnjh10305070
    youshallnotpass
    youwillneverguess
    zaq12wsxcde34rfv
    `
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== ''),
);
