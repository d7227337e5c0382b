// Texts that come in several languages: which there are, and which of them somebody is told.

/** ISO 639-1; in a text by language, the one that its author gives first stands first. */
export const LANGUAGES = ['nl', 'fr', 'de', 'en'] as const;

/** The text in this language, else in English, else as its author gave it. Empty where there is none. */
export function textIn(texts: Readonly<Record<string, string>>, language: string): string {
  return texts[language] ?? texts.en ?? texts.und ?? Object.values(texts)[0] ?? '';
}
