/** Ends the process in the middle of the n-th call of any port: nothing that the engine does afterwards has an effect. */
export class Death {
  callCount = 0
  isDead = false
  readonly #at: number

  constructor(at: number) {
    this.#at = at
  }

  readonly check = (): void => {
    if (!this.isDead && ++this.callCount >= this.#at) this.isDead = true
    if (this.isDead) throw new Error('the process died')
  }
}

/** Dies before or after the effect of a call, as the n-th check falls. */
export function mortal<T extends object>(port: T, death: Death): T {
  return new Proxy(port, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key)
      if (typeof member !== 'function') return member
      return (...values: unknown[]) => {
        death.check()
        const result: unknown = member.apply(target, values)
        death.check()
        return result
      }
    },
  })
}
