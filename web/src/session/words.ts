import { Words } from '../languages';
import english from '../locales/session/en.json';

/** The texts of signing in, apart from the others: only who is not signed in loads them. */
export const words = new Words(english, {
  de: () => import('../locales/session/de.json'),
  ar: () => import('../locales/session/ar.json'),
});

export const say = words.say;
