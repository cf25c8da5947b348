/** To a sealing thread. Orders about one blob are carried out in their order. */
export type CipherOrder =
  | { readonly kind: 'open'; readonly blobId: number; readonly key: Uint8Array; readonly iv: Uint8Array }
  /** `plain` travels there and back without being copied. */
  | { readonly kind: 'seal'; readonly blobId: number; readonly plain: Uint8Array<ArrayBuffer>; readonly isLast: boolean }
  | { readonly kind: 'drop'; readonly blobId: number }

/** One for each `seal`. */
export interface SealedMessage {
  readonly blobId: number
  readonly plain: Uint8Array<ArrayBuffer>
  readonly sealed: Uint8Array<ArrayBuffer>
  /** Base64, of the whole blob; with the last part. */
  readonly md5: string | undefined
}
