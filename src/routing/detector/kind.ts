import type { Detection } from "../routing.ts";
import type { Words } from "./words.ts";

const list = (text: string): ReadonlySet<string> => new Set(text.split(" "));

const CHAT = list(
  "hi hello hey hiya howdy yo thanks thank thx ty cheers bye goodbye ciao morning evening night lol haha wow nice cool great awesome perfect amazing super brilliant sorry welcome hallo danke moin tschüss servus merci bonjour salut hola gracias adiós grazie buongiorno obrigado obrigada olá oi bedankt hoi привет спасибо здравствуйте пока 你好 谢谢 您好 再见 ありがとう こんにちは ありがとうございます 안녕하세요 안녕 감사합니다 مرحبا شكرا cześć dzięki tack hej merhaba teşekkürler",
);
const GO_ON = list(
  "ok okay k yes yep yeah yup sure no nope continue proceed go on ahead again next more less retry undo stop wait done agreed lgtm exactly correct right fine alright please pls do so too also and now then but same keep going carry try once back weiter ja nein nochmal oui non continuez continue sí si sigue continua continuar sim não verder nee да нет продолжай дальше 继续 好 好的 是 是的 不 はい いいえ 続けて 続けてください 네 예 아니요 계속 계속해 ok. dale vale bitte mach das genau",
);
const EMPTY_WORDS = list(
  "it that this them those these one ones the a an all of for with in to me you i we us my your our both rest other others first second third last same way thing things let's lets just still well so very much really is was are as above before said like what about how there here out up off das es so le la les lo el ça cela",
);
const LEADS = list("and now then also same what how next or plus und jetzt auch et maintenant y ahora e agora adesso");
const BARE_ACTIONS = list(
  "fix run apply use make change merge show try finish start revert redo repeat commit push remove keep skip add update send save 实现 修",
);
const TALK: readonly RegExp[] = [
  /^(how are you|how's it going|what's up|who are you|what are you|what can you do|are you there|can you hear me|nice to meet you|good (morning|evening|afternoon|night|job|work)|well done|tell me a joke|wie geht)/,
];

/** Whether a text asks for something that can be routed; "ok, do that" and "hi" say nothing of a type. Pure. */
export function kindOf(text: Words): Detection["kind"] {
  const { words } = text;
  if (!words.some((word) => /[\p{L}\p{N}]/u.test(word))) return "empty";
  if (words.length > 9) return "task";
  if (TALK.some((pattern) => pattern.test(words.join(" ")))) return "chat";
  const content = words.filter((word) => !CHAT.has(word) && !GO_ON.has(word) && !EMPTY_WORDS.has(word));
  if (content.length === 0)
    return words.some((word) => CHAT.has(word)) && !words.some((word) => GO_ON.has(word)) ? "chat" : "follow-up";
  const pointsBack = words.some((word) => ["it", "that", "this", "them", "those", "these"].includes(word));
  const [only] = content;
  if (content.length === 1 && only !== undefined) {
    if (BARE_ACTIONS.has(only) && (pointsBack || words.length > 1)) return "follow-up";
    if (LEADS.has(words[0] ?? "") && words.length <= 6 && !text.shapes.includes("identifier")) return "follow-up";
    if (
      GO_ON.has(words[0] ?? "") &&
      words.length <= 4 &&
      words.length > 1 &&
      (words[0] === "same" || words[0] === "continue")
    )
      return "follow-up";
  }
  return "task";
}
