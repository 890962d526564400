import first from './locales/en.json';

/** All texts: those of the first load, and those that come with the player. */
type Messages = typeof first & typeof import('./locales/player/en.json');
export type MessageKey = keyof Messages;
export type MessageValues = Record<string, string | number>;

/** The language of the interface, as a BCP 47 tag; everything from `Intl` is asked for in it. */
export const locale = 'en';

const messages: Partial<Messages> = { ...first };

/** Adds the texts of a part that is loaded later. */
export function teach(more: Partial<Messages>): void {
  Object.assign(messages, more);
}

/** Returns the message, with `{name}` and `{n, plural, one {…} other {…}}` filled in. */
export function t(key: MessageKey, values: MessageValues = {}): string {
  return formatMessage(messages[key] ?? key, values, locale);
}

const PLURAL = /\{(\w+), plural,((?:\s*\w+ \{[^{}]*\})+)\s*\}/g;
const CASE = /(\w+) \{([^{}]*)\}/g;
const PLACEHOLDER = /\{(\w+)\}/g;

/** Fills in a message pattern: the small part of ICU MessageFormat that our messages use. */
export function formatMessage(pattern: string, values: MessageValues, language: string): string {
  return pattern
    .replace(PLURAL, (_whole, name: string, cases: string) => {
      const count = Number(values[name] ?? 0);
      const forms = new Map([...cases.matchAll(CASE)].map((match) => [match[1], match[2] ?? '']));
      const category = new Intl.PluralRules(language).select(count);
      const form = forms.get(category) ?? forms.get('other') ?? '';
      return form.replace('#', new Intl.NumberFormat(language).format(count));
    })
    .replace(PLACEHOLDER, (whole, name: string) => {
      const value = values[name];
      if (value === undefined) return whole;
      return typeof value === 'number' ? new Intl.NumberFormat(language).format(value) : value;
    });
}
