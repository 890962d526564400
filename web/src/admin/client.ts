import { createAsk, type Ask } from '../api/client';
import type { components } from '../api/schema';

type Schemas = components['schemas'];

export type Setup = Schemas['SetupBody'];
export type Qr = Schemas['QrBody'];
export type AdminMe = Schemas['AdminMe'];
export type AdminSession = Schemas['AdminSessionBody'];

/** What an administrator does about herself. */
export interface AdminApi {
  /** Shows what a one-time link sets up; it uses nothing up. */
  beginSetup(token: string): Promise<Setup>;
  /** Uses the link up, signs her in, and returns her recovery codes. */
  finishSetup(token: string, choice: { password: string; code: string }): Promise<string[]>;
  signIn(proof: { email: string; password: string; code: string }): Promise<void>;
  signOut(): Promise<void>;
  me(): Promise<AdminMe>;
  sessions(): Promise<AdminSession[]>;
  endSession(id: string): Promise<void>;
  /** Proves once more who she is; what is dangerous is refused as `prove_again` without it. */
  prove(evidence: { password: string } | { code: string }): Promise<void>;
  changePassword(password: string, newPassword: string): Promise<void>;
  renewRecoveryCodes(): Promise<string[]>;
  /** Makes a one-time link for herself and returns its address. */
  createLink(): Promise<string>;
}

/** Makes a client of an administrator's own part of the API. */
export function createAdminApi(ask: Ask = createAsk()): AdminApi {
  const send = async (method: string, path: string, body: unknown) =>
    void (await ask(method, path, { body }));
  const codes = async (path: string, body: unknown) =>
    (await ask<{ recovery_codes: string[] }>('POST', path, { body })).recovery_codes;
  const me = '/api/admin/me';
  return {
    beginSetup: (token) => ask('POST', '/api/admin/setup', { body: { token } }),
    finishSetup: (token, choice) => codes('/api/admin/setup/confirm', { token, ...choice }),
    signIn: (proof) => send('POST', '/api/admin/session', proof),
    signOut: () => send('DELETE', '/api/admin/session', {}),
    me: () => ask('GET', me),
    sessions: async () => (await ask<{ items: AdminSession[] }>('GET', `${me}/sessions`)).items,
    endSession: (id) => send('DELETE', `${me}/sessions/${encodeURIComponent(id)}`, {}),
    prove: (evidence) => send('POST', '/api/admin/session/prove', evidence),
    changePassword: (password, newPassword) =>
      send('PUT', `${me}/password`, { password, new_password: newPassword }),
    renewRecoveryCodes: () => codes(`${me}/recovery-codes`, {}),
    createLink: async () => (await ask<{ url: string }>('POST', `${me}/link`)).url,
  };
}
