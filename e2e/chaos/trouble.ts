/** 5 % of the requests that carry the migration fail, in every way that a client must survive. */
const HOSTS = ['graph.microsoft.com', '*.sharepoint.com']
const TROUBLE = [
  { probability: 0.015, do: { action: 'status', status: 429, retryAfter: { form: 'seconds', ms: 1000 } } },
  { probability: 0.01, do: { action: 'status', status: 503, retryAfter: { form: 'seconds', ms: 1000 } } },
  { probability: 0.005, do: { action: 'status', status: 500 } },
  { probability: 0.01, do: { action: 'status', status: 500, moment: 'after' } },
  { probability: 0.005, do: { action: 'reset', moment: 'body' } },
  { probability: 0.005, do: { action: 'reset', moment: 'afterBody' } },
]

/** The fault file of a seed. */
export function troubleOf(seed: number): object {
  return {
    version: 1,
    seed,
    faults: HOSTS.flatMap((host) =>
      TROUBLE.map(({ probability, do: action }, index) => ({
        name: `trouble ${index} ${host}`,
        when: { host, probability },
        do: action,
      })),
    ),
  }
}
