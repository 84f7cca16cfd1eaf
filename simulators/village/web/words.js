// The page's own words; what a home says of itself comes in both languages from the server.

const WORDS = {
  zh: {
    page: "桃花村 · 模拟村庄",
    title: "桃花村",
    note: "虚构的村庄，真实的消息。按下红键，看谁来。",
    desk: "值班台",
    phones: "电话",
    homes: "村子",
    everybody: "全村的意外",
    lost: "与村庄的连接断了，正在重连……",
    noBroker: (address) => `设备连不上消息代理 ${address}，正在重试……`,
    refused: (address) => `消息代理 ${address} 拒绝了设备：`,
    voiceOn: "朗读：开",
    voiceOff: "朗读：关",
    language: "English",
    call: "呼叫",
    pressing: "按下了",
    allRight: "我没事",
    home: "在家",
    away: "外出",
    still: "不动",
    says: "设备说：",
    said: "设备刚才说：",
    silent: "设备安静着。",
    noVoice: "这户的设备不会说话，帮手靠电话。",
    devices: "设备",
    allWell: "都正常",
    trouble: (number) => `${number} 个异常`,
    offline: "离线",
    dead: "坏了",
    battery: (percent) => `电量 ${percent}%`,
    low: "电量低",
    tamper: "外壳打开",
    held: "卡住",
    hazard: "报警",
    mains: "插电",
    more: "让它出点事",
    happen: "让这家出点事",
    failed: "没有办成：",
    outside: "外面",
    speed: (speed) => `快 ${speed} 倍`,
    realTime: "实时",
    phonesTitle: "村里的电话",
  },
  en: {
    page: "Peach Blossom Village · simulated",
    title: "Peach Blossom Village",
    note: "Invented homes, real messages. Press a red button.",
    desk: "Duty desk",
    phones: "Phones",
    homes: "Village",
    everybody: "Mishaps of the whole village",
    lost: "The connection to the village is lost; trying again …",
    noBroker: (address) => `The devices cannot reach the broker at ${address}; trying again …`,
    refused: (address) => `The broker at ${address} refuses devices: `,
    voiceOn: "Voice: on",
    voiceOff: "Voice: off",
    language: "中文",
    call: "HELP",
    allRight: "I am all right",
    pressing: "pressed",
    home: "at home",
    away: "out",
    still: "not moving",
    says: "The device says: ",
    said: "The device said: ",
    silent: "The device is quiet.",
    noVoice: "This home's devices cannot speak; help comes by telephone.",
    devices: "Devices",
    allWell: "all well",
    trouble: (number) => `${number} in trouble`,
    offline: "offline",
    dead: "dead",
    battery: (percent) => `battery ${percent}%`,
    low: "battery low",
    tamper: "case open",
    held: "stuck",
    hazard: "alarm",
    mains: "mains",
    more: "Let something happen to it",
    happen: "Let something happen here",
    failed: "That did not work: ",
    outside: "outside",
    speed: (speed) => `${speed} × faster`,
    realTime: "real time",
    phonesTitle: "The village's phones",
  },
};

const asked = new URLSearchParams(location.search).get("lang");
const kept = document.cookie.match(/(?:^|; )lang=(zh|en)/)?.[1];
const browser = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
let language = ["zh", "en"].includes(asked) ? asked : (kept ?? browser);

export const current = () => language;
export const word = (name, ...values) => {
  const found = WORDS[language][name];
  return typeof found === "function" ? found(...values) : found;
};
export const said = (pair) => (pair ? pair[language] : "");

export function choose(next) {
  language = next;
  document.cookie = `lang=${next}; path=/; max-age=31536000; samesite=lax`;
  paint();
}

export function paint() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = word("page");
  for (const element of document.querySelectorAll("[data-words]")) {
    element.textContent = word(element.dataset.words);
  }
}
