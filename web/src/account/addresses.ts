import type { Ask } from '../api/client';
import type { components } from '../api/schema';

export type Address = components['schemas']['AddressBody'];

/** The addresses that the customer has proven, the one whose session it is first. */
export interface Addresses {
  list(): Promise<Address[]>;
  /** Makes one customer of them, for good. */
  merge(): Promise<void>;
}

/** Makes a client of the addresses. */
export function createAddresses(ask: Ask): Addresses {
  return {
    list: async () => (await ask<{ items: Address[] }>('GET', '/api/me/addresses')).items,
    merge: async () => void (await ask('POST', '/api/me/merge')),
  };
}
