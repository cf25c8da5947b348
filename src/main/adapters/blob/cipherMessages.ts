/** To a sealing thread. Orders about one blob are carried out in their order. */
export type CipherOrder =
  | { readonly kind: 'open'; readonly blobId: number; readonly key: Uint8Array; readonly iv: Uint8Array }
  /** Both lie in shared memory: nothing is copied on the way, and nothing has to be collected. */
  | {
      readonly kind: 'seal'
      readonly blobId: number
      readonly plain: Uint8Array
      readonly into: Uint8Array
      readonly isLast: boolean
    }
  | { readonly kind: 'drop'; readonly blobId: number }

/** One for each `seal`. */
export interface SealedMessage {
  readonly blobId: number
  readonly sealedBytes: number
  /** Base64, of the whole blob; with the last part. */
  readonly md5: string | undefined
}
