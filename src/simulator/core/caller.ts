/** Who a bearer token speaks for, as a resource host sees it after validation. */
export interface Caller {
  readonly kind: 'user' | 'app'
  readonly audience: 'graph' | 'sharepoint'
  readonly tenantId: string
  readonly appId: string
  readonly appDisplayName: string
  /** `appidacr`: 0 public client, 1 secret, 2 certificate. */
  readonly credential: '0' | '1' | '2'
  /** Object id of the user, or of the service principal. */
  readonly objectId: string
  /** Only for users. */
  readonly upn?: string
  readonly displayName: string
  /** `scp`, only for users. */
  readonly scopes: readonly string[]
  /** `roles`, only for apps. */
  readonly roles: readonly string[]
  /** Directory role template ids of the user. */
  readonly roleTemplateIds: readonly string[]
  /** `aud` as in the token. SharePoint tokens are valid for the host they were minted for. */
  readonly audienceValue: string
}
