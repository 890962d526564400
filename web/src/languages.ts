import { formatMessage, type MessageValues } from './i18n';

/** The languages of the pages that bring their own texts. Right to left: `ar`. */
export type Language = 'en' | 'de' | 'ar';

/** Chooses the first language of the reader's list that the pages speak; English when there is none. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split('-')[0];
    if (language === 'en' || language === 'de' || language === 'ar') return language;
  }
  return 'en';
}

/** The texts of one part of the pages. English comes with the code; another language is fetched when the reader wants it. */
export class Words<Texts extends Record<string, string>> {
  /** The language that is spoken now. */
  language: Language = 'en';
  /** Ends when the reader's language is here; undefined when there is nothing to wait for. */
  readonly ready: Promise<void> | undefined;
  #texts: Texts;

  constructor(
    english: Texts,
    others: Record<Exclude<Language, 'en'>, () => Promise<{ default: Texts }>>,
    wanted: readonly string[] = navigator.languages,
  ) {
    this.#texts = english;
    const language = chooseLanguage(wanted);
    if (language !== 'en') this.ready = this.#learn(language, others[language]);
  }

  /** Returns a text with its values filled in. */
  readonly say = (key: keyof Texts, values: MessageValues = {}): string =>
    formatMessage(this.#texts[key] as string, values, this.language);

  async #learn(language: Language, load: () => Promise<{ default: Texts }>): Promise<void> {
    try {
      this.#texts = (await load()).default;
      this.language = language;
    } catch {
      // English is better than no page.
    }
  }
}

/** Returns how text of a language runs. */
export function directionOf(language: Language): 'ltr' | 'rtl' {
  return language === 'ar' ? 'rtl' : 'ltr';
}

/** Returns how long ago a time was, in the steps that people think in: `3 hours ago`, `yesterday`. */
export function ago(time: string, now: Date, language: Language): string {
  const hours = Math.max(0, (now.getTime() - new Date(time).getTime()) / 3_600_000);
  const text = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  return hours < 24
    ? text.format(-Math.floor(hours), 'hour')
    : text.format(-Math.floor(hours / 24), 'day');
}
