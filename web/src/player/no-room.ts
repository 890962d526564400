import ar from '../locales/no-room/ar.json';
import de from '../locales/no-room/de.json';
import en from '../locales/no-room/en.json';

export type Words = typeof en;

const LANGUAGES: Record<string, { direction: 'ltr' | 'rtl'; words: Words }> = {
  en: { direction: 'ltr', words: en },
  de: { direction: 'ltr', words: de },
  ar: { direction: 'rtl', words: ar },
};

/** Returns the words in the first language that the viewer reads and we write; else in English. */
export function preferredWords(preferred: readonly string[]) {
  const tags = preferred.map((tag) => tag.toLowerCase().split('-')[0] ?? '');
  const language = tags.find((tag) => Object.hasOwn(LANGUAGES, tag)) ?? 'en';
  const { direction, words } = LANGUAGES[language] ?? { direction: 'ltr', words: en };
  return { language, direction, words };
}
