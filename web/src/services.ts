import { createContext } from 'svelte';
import type { Api } from './api/client';
import type { Preferences } from './player/preferences.svelte';
import type { ProgressOutbox } from './progress/outbox';
import type { Router } from './router.svelte';

/** What the components need from outside; set once at the root, replaced by fakes in tests. */
export interface Services {
  api: Api;
  outbox: ProgressOutbox;
  preferences: Preferences;
  router: Router;
}

export const [services, provideServices] = createContext<Services>();
