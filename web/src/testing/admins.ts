import type { AdminApi } from '../admin/client';

/** Returns an API that answers as for an administrator who is signed in; `change` makes it answer otherwise. */
export function fakeAdminApi(change: Partial<AdminApi> = {}): AdminApi {
  return {
    beginSetup: async () => ({
      name: 'Ann',
      email: 'ann@example.com',
      secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
      address: 'otpauth://totp/Shop:ann%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
      qr: { size: 21, path: 'M0 0h7v1h-7z' },
    }),
    finishSetup: async () => ['abcd-efgh-ijkl-mnop', 'qrst-uvwx-yz23-4567'],
    signIn: async () => {},
    signOut: async () => {},
    me: async () => ({
      id: 'adm_1',
      email: 'ann@example.com',
      name: 'Ann',
      role: 'support',
      scopes: [],
      session_id: 'ses_1',
      is_proven: true,
      recovery_codes_left: 1,
    }),
    sessions: async () => [
      {
        id: 'ses_1',
        label: 'Firefox on Linux',
        created_at: '2026-11-20T10:00:00Z',
        seen_at: '2026-11-20T10:00:00Z',
        expires_at: '2026-11-21T10:00:00Z',
        is_this: true,
      },
    ],
    endSession: async () => {},
    prove: async () => {},
    changePassword: async () => {},
    renewRecoveryCodes: async () => ['aaaa-bbbb-cccc-dddd'],
    createLink: async () => 'https://courses.example.com/admin/link#token=new',
    ...change,
  };
}
