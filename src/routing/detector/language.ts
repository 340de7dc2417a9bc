import type { Words } from "./words.ts";

const SCRIPTS: readonly (readonly [RegExp, string])[] = [
  [/[\u3040-\u30ff]/g, "ja"],
  [/[\uac00-\ud7af]/g, "ko"],
  [/[\u4e00-\u9fff]/g, "zh"],
  [/[\u0400-\u04ff]/g, "ru"],
  [/[\u0600-\u06ff]/g, "ar"],
  [/[\u0590-\u05ff]/g, "he"],
  [/[\u0370-\u03ff]/g, "el"],
  [/[\u0900-\u097f]/g, "hi"],
  [/[\u0e00-\u0e7f]/g, "th"],
];

/** Small words that few other languages share; those that English has too stand only with English. */
const SMALL_WORDS: Readonly<Record<string, string>> = {
  en: "the a an is are was and or not of to in on for with from that this it we you my our be has have when why what how which please should does do by at as if into all add fix make write use new after before during between through without more most only same other some any each back bring keep ignore ensure correctly properly its their them they these those can could would will did get set remove update allow support handle show while than then there here out up down over under about like want need please thanks no no-one time still always never just also not none one two first last next per via using used every again instead",
  de: "der das die den dem des ein eine einen einer eines und oder nicht ist sind war mit für von zu zum zur auf bei wenn warum wie welche welcher welches bitte soll sollen wird werden ich wir du mein unser unsere es sich auch nach über unter im vom kann noch nur alle dass hat haben",
  fr: "de le la les un une des du et ou sont dans pour avec sur que qui ce cette ces il nous vous je mon notre nos pas au aux quand pourquoi comment quel quelle par plus lors faut être peux s'il plaît",
  es: "de el la los las un una unos y o es son en para con por que del lo cuando porque cómo qué cuál mi nuestro nuestra está están hay más como esta este por favor puedes sobre",
  it: "degli agli negli sulla dal il lo la gli le un una è sono che del della dei delle al alla nel nella quando perché come quale questo questa mio nostro nostra più favore",
  pt: "de o um uma de é são em para por que não da dos das na nos nas quando porque como qual este esta isso meu nosso nossa mais você favor está",
  nl: "de het een en zijn niet van voor met op naar dat dit wij je mijn onze er als wanneer waarom hoe welke wordt worden ook bij aan uit kan maar geen graag alsjeblieft",
  pl: "na nie się jest są dla że jak dlaczego który która przy po od czy proszę mój nasz",
  sv: "och att det som är inte för med på av en ett den till när varför hur vår från kan vi",
  tr: "ve bir bu için ile değil ne neden nasıl hangi mi mı olarak lütfen yok",
};

const WORDS: ReadonlyMap<string, readonly string[]> = (() => {
  const known = new Map<string, string[]>();
  for (const [language, words] of Object.entries(SMALL_WORDS)) {
    for (const word of words.split(" ")) known.set(word, [...(known.get(word) ?? []), language]);
  }
  return known;
})();

/** Letters that few of these languages have. */
const LETTERS: readonly (readonly [RegExp, string])[] = [
  [/[ßäöü]/gi, "de"],
  [/[ñ¿¡áíóú]/gi, "es"],
  [/[ãõç]/gi, "pt"],
  [/[èêàçœùé]/gi, "fr"],
  [/[łżśćęą]/gi, "pl"],
  [/[åäö]/gi, "sv"],
  [/[ğşıİ]/g, "tr"],
  [/[òìù]/gi, "it"],
];
const LETTER = 0.5;

const FIRST_WORDS = 80;

const ASCII = /^[\0-\x7f–—‘’“”…→×·€£°é]*$/;

/** So many small words of another language are needed; a word that only the dictionary knows counts for a part of one. */
const ENOUGH = 1.5;
const DICTIONARY_WORD = 0.75;

/**
 * BCP 47 of the language a text seems to be in: by its script, else by its small words and `isForeign`, which knows words
 * that no English text has. Commands and names are English in every language, so English is what plain ASCII with a word
 * of the trade is taken for as long as nothing speaks against it; "und" is what nothing speaks for. Pure.
 */
export function languageOf(text: string, words: Words, isForeign: (word: string) => boolean): string {
  const ascii = ASCII.test(text);
  const script = ascii ? null : scriptOf(text);
  if (script !== null) return script;
  const counts = new Map<string, number>();
  let foreign = 0;
  for (const [at, word] of words.words.slice(0, FIRST_WORDS).entries()) {
    const languages = WORDS.get(word) ?? [];
    for (const language of languages) counts.set(language, (counts.get(language) ?? 0) + 1 / languages.length);
    if (words.signs[at]?.length === 0 && languages.length === 0 && isForeign(word)) foreign += DICTIONARY_WORD;
  }
  const english = counts.get("en") ?? 0;
  counts.delete("en");
  if (!ascii) countLetters(text, counts);
  let best = "und";
  let most = 0;
  for (const [language, count] of counts) if (count > most) [best, most] = [language, count];
  const against = most + foreign;
  if (against >= ENOUGH && against > english) return best;
  if (foreign > 0 && foreign > english) return best;
  return english > 0 || (ascii && words.signs.some((signs) => signs.length > 0)) ? "en" : "und";
}

function countLetters(text: string, counts: Map<string, number>): void {
  for (const [pattern, language] of LETTERS) {
    const found = text.match(pattern)?.length ?? 0;
    if (found > 0) counts.set(language, (counts.get(language) ?? 0) + Math.min(found, 3) * LETTER);
  }
}

function scriptOf(text: string): string | null {
  const letters = (text.match(/\p{L}/gu) ?? []).length;
  let best: string | null = null;
  let most = 0;
  for (const [pattern, language] of SCRIPTS) {
    const count = (text.match(pattern) ?? []).length;
    // Japanese mixes in Chinese characters: a few kana decide.
    const weight = language === "ja" ? count * 6 : count * (language === "zh" || language === "ko" ? 2 : 1);
    if (weight > most) [best, most] = [language, weight];
  }
  return most > letters * 0.25 ? best : null;
}
