import { Badge, Body1, Button, Caption1, makeStyles, Spinner, Subtitle2, Switch, tokens } from '@fluentui/react-components'
import { useEffect, useState } from 'react'
import type { AccessMatrixRow } from '../../../shared/contract/identities.ts'
import type { WireError } from '../../../shared/errors.ts'
import { useBridge } from '../../bridgeContext.ts'
import { ErrorNote } from '../../ui/ErrorNote.tsx'

const useStyles = makeStyles({
  quiet: { color: tokens.colorNeutralForeground2 },
  table: { width: '100%', borderCollapse: 'collapse', tableLayout: 'fixed' },
  cell: {
    textAlign: 'left',
    verticalAlign: 'top',
    padding: `${tokens.spacingVerticalXXS} ${tokens.spacingHorizontalXS}`,
    borderTop: `1px solid ${tokens.colorNeutralStroke3}`,
    overflowWrap: 'anywhere',
  },
  place: { paddingTop: tokens.spacingVerticalM, overflowWrap: 'anywhere' },
})

const CHANGES = {
  equal: { label: 'same', color: 'success' },
  less: { label: 'less', color: 'warning' },
  more: { label: 'more', color: 'danger' },
  unknown: { label: 'not known', color: 'informative' },
} as const satisfies Record<AccessMatrixRow['change'], { readonly label: string; readonly color: string }>

const AFTER: Readonly<Record<string, string>> = {
  none: 'nothing',
  members: 'its people, one by one',
  fullControl: 'full control',
}

/** Who could do what at the source, and who can do what afterwards: what a person looks at before deciding about refusals. */
export function AccessMatrix({ scanId }: { readonly scanId: string }) {
  const styles = useStyles()
  const { call } = useBridge()
  const [rows, setRows] = useState<readonly AccessMatrixRow[]>()
  const [next, setNext] = useState<number>()
  const [changedOnly, setChangedOnly] = useState(true)
  const [error, setError] = useState<WireError>()

  useEffect(() => {
    let isWanted = true
    void call('scans.access', { scanId, changedOnly }).then((reply) => {
      if (!isWanted) return
      if ('error' in reply) return setError(reply.error)
      setRows(reply.ok.rows)
      setNext(reply.ok.nextAfterId)
    })
    return () => {
      isWanted = false
    }
  }, [call, scanId, changedOnly])

  async function more(afterId: number): Promise<void> {
    const reply = await call('scans.access', { scanId, changedOnly, afterId })
    if ('error' in reply) return setError(reply.error)
    setRows((before) => [...(before ?? []), ...reply.ok.rows])
    setNext(reply.ok.nextAfterId)
  }

  const places = Map.groupBy(rows ?? [], ({ path }) => path)
  return (
    <section aria-label="Who could do what, and can afterwards">
      <Subtitle2 as="h3">Who could do what, and can afterwards</Subtitle2>
      <Caption1 block className={styles.quiet}>
        Where a refusal cannot be carried exactly, "Where something is refused" in the settings of the migration decides.
      </Caption1>
      <Switch label="Only what is not the same" checked={changedOnly} onChange={(_, { checked }) => setChangedOnly(checked)} />
      {error ? <ErrorNote title="The access matrix cannot be read." error={error} /> : null}
      {rows === undefined && !error ? <Spinner size="tiny" label="Reading" /> : null}
      {rows?.length === 0 ? (
        <Body1 block>{changedOnly ? 'Everybody has what they had.' : 'There is nothing to tell.'}</Body1>
      ) : null}
      {[...places].map(([path, own]) => (
        <div key={path}>
          <Body1 as="h4" block className={styles.place}>
            {path === '' ? 'The source itself' : path}
          </Body1>
          <table className={styles.table}>
            <thead>
              <tr>
                {['Account', 'Before', 'After', 'Change'].map((title) => (
                  <th key={title} scope="col" className={styles.cell}>
                    <Caption1>{title}</Caption1>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {own.map((row) => (
                <tr key={row.sid}>
                  <td className={styles.cell} title={row.sid}>
                    {row.name ?? row.sid}
                  </td>
                  <td className={styles.cell}>{row.before === 'none' ? 'nothing' : row.before}</td>
                  <td className={styles.cell}>{AFTER[row.after] ?? row.after}</td>
                  <td className={styles.cell}>
                    <Badge appearance="tint" color={CHANGES[row.change].color}>
                      {CHANGES[row.change].label}
                    </Badge>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ))}
      {next === undefined ? null : (
        <Button size="small" onClick={() => void more(next)}>
          Show more
        </Button>
      )}
    </section>
  )
}
