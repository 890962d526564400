import { Words } from '../languages';
import english from '../locales/admin/en.json';

/** The texts of administrators' own pages, apart from the others. */
export const words = new Words(english, {
  de: () => import('../locales/admin/de.json'),
  ar: () => import('../locales/admin/ar.json'),
});

export const say = words.say;
