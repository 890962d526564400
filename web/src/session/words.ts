import { formatMessage, locale, type MessageValues } from '../i18n';
import messages from '../locales/session/en.json';

/** The texts of signing in, apart from the others: only who is not signed in loads them. */
export function say(key: keyof typeof messages, values: MessageValues = {}): string {
  return formatMessage(messages[key], values, locale);
}
