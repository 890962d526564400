import type { Ask } from '../api/client';

/** By what somebody wishes to be found. */
export type Means = { email: string } | { orderNumber: string };

/** Signing in by mail. */
export interface WayIn {
  /** Asks for a mail with a link and a code, for an address or for that of an order; tells nothing about either. */
  askForMail(by: Means): Promise<void>;
  confirm(proof: { token: string } | { code: string }): Promise<void>;
}

/** Makes a client of signing in, or of adding an address to what the session has proven. */
export function createWayIn(ask: Ask, task: 'sign-in' | 'add' = 'sign-in'): WayIn {
  return {
    askForMail: async (by) => {
      if ('email' in by) await ask('POST', '/api/sign-in', { body: { email: by.email } });
      else await ask('POST', '/api/sign-in/purchase', { body: { order_number: by.orderNumber } });
    },
    confirm: (proof) =>
      ask('POST', '/api/sign-in/confirm', { body: { ...proof, add: task === 'add' } }),
  };
}
