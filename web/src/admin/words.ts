import { ApiError } from '../api/client';
import { Words } from '../languages';
import english from '../locales/admin/en.json';

/** The texts of administrators' own pages, apart from the others. */
export const words = new Words(english, {
  de: () => import('../locales/admin/de.json'),
  ar: () => import('../locales/admin/ar.json'),
});

export const say = words.say;

/** Says why something that may work later did not work now. */
export function sayLater(error: unknown): string {
  const isTooOften = error instanceof ApiError && error.status === 429;
  return say(isTooOften ? 'app.tooOften' : 'app.failed');
}
