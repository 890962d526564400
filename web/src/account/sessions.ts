import type { Ask } from '../api/client';
import type { components } from '../api/schema';

export type Session = components['schemas']['SessionBody'];

/** Where the customer is signed in. */
export interface Sessions {
  list(): Promise<Session[]>;
  end(id: string): Promise<void>;
  endOthers(): Promise<void>;
}

/** Makes a client of the sessions. */
export function createSessions(ask: Ask): Sessions {
  return {
    list: async () => (await ask<{ items: Session[] }>('GET', '/api/me/sessions')).items,
    end: (id) => ask('DELETE', `/api/me/sessions/${encodeURIComponent(id)}`),
    endOthers: () => ask('POST', '/api/me/sessions/end-others'),
  };
}
