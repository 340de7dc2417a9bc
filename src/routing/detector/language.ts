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
  en: "the a an is are was and or not of to in on for with from that this it we you my our be has have when why what how which please should does do by at as if into all add fix make write use new",
  de: "der das die den dem des ein eine einen einer eines und oder nicht ist sind war mit für von zu zum zur auf bei wenn warum wie welche welcher welches bitte soll sollen wird werden ich wir du mein unser unsere es sich auch nach über unter im am vom kann noch nur alle dass hat haben",
  fr: "le la les un une des du et ou est sont dans pour avec sur que qui ce cette ces il nous vous je mon notre nos ne pas au aux quand pourquoi comment quel quelle par plus lors faut être peux s'il plaît",
  es: "el la los las un una unos y o es son en para con por que del al no se lo cuando porque cómo qué cuál mi nuestro nuestra está están hay más como esta este por favor puedes sobre",
  it: "il lo la gli le un una di e è sono in per con su che non del della dei delle al alla nel nella quando perché come quale questo questa mio nostro nostra si più ci favore",
  pt: "o os as um uma de e é são em para com por que não do da dos das no na nos nas ao quando porque como qual este esta isso meu nosso nossa se mais você favor está",
  nl: "de het een en of is zijn niet van voor met op in naar dat dit wij je mijn onze er als wanneer waarom hoe welke wordt worden ook bij aan uit kan maar geen graag alsjeblieft",
  pl: "i w na z do nie się jest są dla że to jak dlaczego który która przy po od czy proszę mój nasz",
  sv: "och att det som är inte för med på av en ett den till när varför hur vår från kan ska vi",
  tr: "ve bir bu için ile değil ne neden nasıl hangi mi mı da de olarak lütfen var yok",
};

const WORDS: ReadonlyMap<string, readonly string[]> = (() => {
  const known = new Map<string, string[]>();
  for (const [language, words] of Object.entries(SMALL_WORDS)) {
    for (const word of words.split(" ")) known.set(word, [...(known.get(word) ?? []), language]);
  }
  return known;
})();

const ASCII = /^[\0-\x7f–—‘’“”…→×·€£°é]*$/;

/**
 * BCP 47 of the language a text seems to be in: by its script, else by its small words; texts without any are taken for
 * English where they are plain ASCII with a word of the trade in them, and "und" otherwise. Pure.
 */
export function languageOf(text: string, words: Words): string {
  const ascii = ASCII.test(text);
  if (!ascii) {
    const script = scriptOf(text);
    if (script !== null) return script;
  }
  const counts = new Map<string, number>();
  for (const word of words.words.slice(0, 80)) {
    const languages = WORDS.get(word);
    for (const language of languages ?? [])
      counts.set(language, (counts.get(language) ?? 0) + 1 / (languages?.length ?? 1));
  }
  // Commands and names are English in every language, so English needs its small words only where others have some.
  let best = "und";
  let most = 0;
  for (const [language, count] of counts) if (count > most) [best, most] = [language, count];
  const english = counts.get("en") ?? 0;
  const known = words.signs.some((signs) => signs.length > 0);
  if (best === "und") return known && ascii ? "en" : "und";
  return best !== "en" && (most < 1 || most - english < 0.5) && known && ascii ? "en" : best;
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
