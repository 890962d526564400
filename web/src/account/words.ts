import { Words } from '../languages';
import english from '../locales/account/en.json';

/** The texts of the account page, apart from the others. */
export const words = new Words(english, {
  de: () => import('../locales/account/de.json'),
  ar: () => import('../locales/account/ar.json'),
});

export const say = words.say;
